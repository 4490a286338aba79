import { fillRect, type Canvas, type Colour } from './Canvas.js'

/**
 * Letters of 5 by 8 pixels, from the blank to the tilde. Each is eight rows, a digit a row in base 32: its five bits are the row's
 * pixels. Capitals fill seven rows; the eighth is for what hangs below the line.
 */
const glyphs = [
  '00000000 44444040 aaa00000 aavavaa0 4fke5u40 op248j30 cik8lid0 44000000',
  '24888420 84222480 04lel400 044v4400 00000448 000v0000 00000cc0 01248g00',
  'ehjlphe0 4c4444e0 eh1248v0 v2421he0 26aiv220 vgu11he0 68guhhe0 v1248880',
  'ehhehhe0 ehhf12c0 0cc0cc00 0cc0c480 248g8420 00v0v000 84212480 eh124040',
  'eh1dlle0 ehhvhhh0 uhhuhhu0 ehggghe0 sihhhis0 vgguggv0 vgguggg0 ehgnhhf0',
  'hhhvhhh0 e44444e0 72222ic0 hikokih0 ggggggv0 hrllhhh0 hhpljhh0 ehhhhhe0',
  'uhhuggg0 ehhhlid0 uhhukih0 fgge11u0 v4444440 hhhhhhe0 hhhhha40 hhhllla0',
  'hha4ahh0 hhha4440 v1248gv0 e88888e0 0g842100 e22222e0 4ah00000 0000000v',
  '84200000 00e1fhf0 ggmphhu0 00egghe0 11djhhf0 00ehvge0 698s8880 00fhhf1e',
  'ggmphhh0 40c444e0 206222ic ggikoki0 c44444e0 00qllhh0 00mphhh0 00ehhhe0',
  '00uhhugg 00fhhf11 00mpggg0 00fge1u0 88s88960 00hhhjd0 00hhha40 00hhlla0',
  '00ha4ah0 00hhhf1e 00v248v0 24484420 44444440 84424480 008l2000',
]
  .join(' ')
  .split(' ')

/** What stands for a character that there is no letter for. */
const unknown = 'vhhhhhv0'

const [columns, rows] = [5, 8]
/** from one letter to the next, at scale 1 */
const advance = columns + 1

export const lineHeight = rows + 2

/** How wide a line of text is, in pixels. */
export const textWidth = (line: string, scale = 1): number => Math.max(0, [...line].length * advance - 1) * scale

/** Writes a line of text; its upper left corner is at x, y. */
export const text = (canvas: Canvas, line: string, x: number, y: number, colour: Colour, scale = 1): void => {
  ;[...line].forEach((character, i) => {
    const code = (character.codePointAt(0) as number) - 32
    const glyph = glyphs[code] ?? unknown
    for (let row = 0; row < rows; row += 1) {
      const bits = Number.parseInt(glyph[row] as string, 32)
      for (let column = 0; column < columns; column += 1)
        if (bits & (16 >> column))
          fillRect(canvas, x + (i * advance + column) * scale, y + row * scale, scale, scale, colour)
    }
  })
}

/** A line of text that fits, cut if it has to be. */
export const fitted = (line: string, width: number): string => {
  const characters = [...line]
  const most = Math.max(1, Math.floor((width + 1) / advance))
  return characters.length <= most ? line : `${characters.slice(0, Math.max(0, most - 2)).join('')}..`
}

/** How wide a title is at most: pictures of one GIF have one size, whatever their epoch. */
export const titleWidth = (title: string): number => textWidth(title.replace(/\d+/, '00000'))
