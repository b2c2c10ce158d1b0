/** A text filter that reports once typing pauses. */
import { CloseButton, Input, InputGroup } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";
import { FiSearch } from "react-icons/fi";

const PAUSE_MS = 250;

interface Props {
  /** Whether it takes the whole width of its place, not a part of a row. */
  readonly isWide?: boolean;
  readonly label: string;
  readonly maxW?: string;
  readonly onChange: (text: string) => void;
  readonly value: string;
}

export const SearchBox = ({ isWide = false, label, maxW = "sm", onChange, value }: Props) => {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = (next: string, pauseMs: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(next), pauseMs);
  };

  return (
    <InputGroup
      endElement={
        text === "" ? undefined : <CloseButton aria-label="Clear" me="-2" onClick={() => change("", 0)} size="xs" />
      }
      flex={isWide ? "none" : "1 1 150px"}
      maxW={isWide ? "full" : maxW}
      startElement={<FiSearch aria-hidden />}
    >
      <Input
        aria-label={label}
        onChange={(event) => change(event.target.value, PAUSE_MS)}
        placeholder={label}
        size="sm"
        value={text}
      />
    </InputGroup>
  );
};
