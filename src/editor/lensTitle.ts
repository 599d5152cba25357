/** A lens begins with an icon. A plain space behind it is lost where a lens is drawn: icon and text would touch. */
export function lensTitle(icon: string, text: string): string {
  return `$(${icon})\u00a0${text}`;
}
