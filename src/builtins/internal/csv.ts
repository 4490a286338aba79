/** A cell as Python's csv module writes it: quoted only where it must be. */
export const cell = (content: string, separator: string): string =>
  content.includes(separator) || /["\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content
