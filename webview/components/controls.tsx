/**
 * Form controls as the views use them. They come from the toolkit (webview/controls.ts); before its script has run they
 * are plain inline boxes that hold the same text.
 */
import { type ComponentChildren, h, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Button(props: {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly quiet?: boolean;
  readonly title?: string;
}): JSX.Element {
  const appearance = props.quiet === false ? 'primary' : 'secondary';
  return h('vscode-button', { appearance, title: props.title, onClick: props.onClick }, props.children);
}

/** What the toolkit's fields are once they are upgraded; plain unknown elements before that. */
interface ToolkitField extends HTMLElement {
  value?: string;
  checked?: boolean;
}

/** A text field that tells each keystroke; Escape empties it. */
export function SearchField(props: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
}): JSX.Element {
  const { label, value, onInput } = props;
  const field = useRef<ToolkitField>(null);
  // The control upgrades late and keeps a value of its own: set it whenever they differ.
  useEffect(() => {
    const element = field.current;
    if (element && element.value !== value) element.value = value;
  }, [value]);
  return h('vscode-text-field', {
    ref: field,
    class: 'search',
    placeholder: label,
    'aria-label': label,
    value,
    onInput: (event: Event) => onInput((event.currentTarget as ToolkitField).value ?? ''),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape' && value !== '') onInput('');
    },
  });
}

export function Badge({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <span class="badge">{children}</span>;
}

export function Checkbox(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}): JSX.Element {
  const { label, checked, onChange } = props;
  const box = useRef<ToolkitField>(null);
  useEffect(() => {
    if (box.current) box.current.checked = checked;
  }, [checked]);
  return h(
    'vscode-checkbox',
    { ref: box, onChange: (event: Event) => onChange((event.currentTarget as ToolkitField).checked === true) },
    label,
  );
}

export function Progress({ label }: { readonly label: string }): JSX.Element {
  return (
    <div class="progress" role="status">
      <i class="spinner" aria-hidden="true" />
      <span>{label}</span>
    </div>
  );
}

/** One of a few: a row of buttons that behaves as a radio group. */
export function Segments<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly title?: string }[];
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const { label, value, options, onChange } = props;
  const choose = (event: KeyboardEvent): void => {
    const step =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? -1
          : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + step + options.length) % options.length];
    if (!next) return;
    onChange(next.value);
    const group = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => group.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  return (
    <div class="segments" role="radiogroup" aria-label={label} onKeyDown={choose}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          title={option.title}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
