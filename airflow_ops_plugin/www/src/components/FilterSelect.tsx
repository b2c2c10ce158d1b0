/** A choice of one value, or of all, to filter a table by. */
import { NativeSelect } from "@chakra-ui/react";

interface Props {
  readonly allLabel: string;
  readonly label: string;
  readonly onChange: (value: string) => void;
  readonly options: ReadonlyArray<{ readonly label: string; readonly value: string }>;
  readonly value: string;
}

export const FilterSelect = ({ allLabel, label, onChange, options, value }: Props) => (
  <NativeSelect.Root flex="0 1 170px" minW="130px" size="sm">
    <NativeSelect.Field aria-label={label} onChange={(event) => onChange(event.target.value)} value={value}>
      <option value="">{allLabel}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </NativeSelect.Field>
    <NativeSelect.Indicator />
  </NativeSelect.Root>
);
