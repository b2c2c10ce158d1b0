"""Names of the standard that the reader knows: what it reads elsewhere, and what says nothing about a run."""

KNOWN_ELEMENTS = frozenset(
    """
    documentation extensionElements laneSet ioSpecification ioBinding property dataObject dataObjectReference
    dataStoreReference dataStore textAnnotation association group auditing monitoring correlationSubscription
    resourceRole performer humanPerformer potentialOwner supportedInterfaceRef supports artifact category
    incoming outgoing dataInput dataOutput inputSet outputSet dataInputAssociation dataOutputAssociation
    standardLoopCharacteristics multiInstanceLoopCharacteristics script rendering completionCondition
    activationCondition eventDefinition eventDefinitionRef messageEventDefinition timerEventDefinition
    signalEventDefinition errorEventDefinition escalationEventDefinition compensateEventDefinition
    conditionalEventDefinition linkEventDefinition cancelEventDefinition terminateEventDefinition
    categoryValueRef conditionExpression resourceParameterBinding flowNodeRef escalationDefinition
    """.split()
)
"""Elements that may stand in a process or a flow node and are no flow nodes.

Text annotations, groups, data, resources, correlation, monitoring and auditing describe; the rest is read with the
element that holds it.
"""

KNOWN_ATTRIBUTES = frozenset(
    """
    id name isExecutable processType isClosed definitionalCollaborationRef startQuantity completionQuantity
    isForCompensation default implementation operationRef messageRef instantiate scriptFormat calledElement
    triggeredByEvent ordering cancelRemainingInstances method protocol gatewayDirection eventGatewayType isInterrupting
    parallelMultiple cancelActivity attachedToRef sourceRef targetRef isImmediate documentation
    """.split()
)
"""Attributes of processes, flow nodes and sequence flows."""
