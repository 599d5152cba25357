/**
 * Foreign text made safe to show in a terminal, a log or an editor: control characters, escape sequences, text-direction
 * marks and other invisible characters are written out as `\u{1b}`, so that a name can neither move the cursor nor
 * pretend to be another name (CVE-2021-42574, "Trojan Source").
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** @param limit characters kept; what is beyond is replaced by an ellipsis. */
export function visible(text: string, limit = 80): string {
  const shown = text.length > limit ? text.slice(0, limit) : text;
  const escaped = shown.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return shown === text ? escaped : `${escaped}…`;
}

/** The same between double quotes, as it would stand in the plan. */
export function quoted(text: string, limit = 80): string {
  return `"${visible(text, limit)}"`;
}
