/** Who did something: a user, or the assignment of work by itself. */
const BY_ITSELF = "assignment";

export const formatActor = (actor: string): string => (actor === BY_ITSELF ? "automatically" : `by ${actor}`);
