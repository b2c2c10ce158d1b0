/** A labelled text field with its help. */
import { Field, Input } from "@chakra-ui/react";
import type { HTMLInputTypeAttribute } from "react";

interface Props {
  readonly help?: string;
  readonly isRequired?: boolean;
  readonly label: string;
  readonly list?: string;
  readonly max?: number;
  readonly min?: number;
  readonly onChange: (value: string) => void;
  readonly step?: number | "any";
  readonly type?: HTMLInputTypeAttribute;
  readonly value: string;
}

export const TextField = ({ help, isRequired = false, label, onChange, value, ...input }: Props) => (
  <Field.Root required={isRequired}>
    <Field.Label>
      {label}
      <Field.RequiredIndicator />
    </Field.Label>
    <Input autoComplete="off" onChange={(event) => onChange(event.target.value)} size="sm" value={value} {...input} />
    {help === undefined ? undefined : <Field.HelperText>{help}</Field.HelperText>}
  </Field.Root>
);
