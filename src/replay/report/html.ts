/** Text and markup are told apart by type: whatever is not `Html` is escaped, since logs contain what they like. */
export interface Html {
  readonly html: string
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] as string)

type Content = Html | string | number | ReadonlyArray<Html | string | number>

const render = (content: Content): string => {
  if (typeof content === 'string') return escape(content)
  if (typeof content === 'number') return String(content)
  return 'html' in content ? content.html : content.map((part) => render(part)).join('')
}

/** A template of markup; what is put into it is escaped unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...contents: ReadonlyArray<Content>): Html => ({
  html: strings.map((part, i) => (i < contents.length ? part + render(contents[i] as Content) : part)).join(''),
})

/** Markup that was made from constants of ours. */
export const raw = (markup: string): Html => ({ html: markup })

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#667;--line:#d8dbe0;--card:#f6f7f9}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--soft:#9aa3ad;--line:#343a42;--card:#1d2126}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1,h2,h3,p,li{overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
p{margin:.4rem 0}.soft{color:var(--soft)}
pre{overflow-x:auto;background:var(--card);padding:.75rem;border-radius:.5rem;font-size:.85rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;min-width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600;white-space:nowrap}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr.best td{font-weight:600}summary{cursor:pointer;margin:.4rem 0}
.badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8rem;color:#fff;background:#667}
.exact{background:#1a7f45}.censored{background:#9a6700}.diverged{background:#b3261e}
svg{width:100%;height:auto;display:block;margin:.5rem 0}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg .grid{stroke:var(--line);stroke-width:1}
@media(max-width:40rem){svg text{font-size:20px}}
ul.notes{padding-left:1.1rem;font-size:.875rem;color:var(--soft)}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem}.key i{display:inline-block;width:1rem;height:.25rem;border-radius:2px;margin-right:.35rem;vertical-align:middle}
`

/** One page that needs nothing else: no script, no font, no request. */
export const page = (title: string, body: ReadonlyArray<Html>): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `.html

export interface Column {
  readonly title: string
  readonly number?: boolean
}

/** A table; `best` marks rows. */
export const tableOf = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Content>>,
  best: (row: number) => boolean = () => false,
): Html => {
  const cls = ({ number }: Column): Html => raw(number ? ' class="n"' : '')
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th${cls(column)}>${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells, i) =>
            html`<tr${raw(best(i) ? ' class="best"' : '')}>${cells.map((cell, j) => html`<td${cls(columns[j] as Column)}>${cell}</td>`)}</tr>
`,
        )}
      </tbody>
    </table>
  </div>`
}
