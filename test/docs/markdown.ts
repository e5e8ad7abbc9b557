/** What a Markdown page holds that can be checked. */
export interface Page {
  /** Bodies of the fenced blocks, by their language. */
  blocks(language: string): readonly string[];
  /** What stands between single backticks, outside of fenced blocks. */
  readonly codes: readonly string[];
  /** Targets of links. */
  readonly links: readonly string[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: readonly string[];
  /** First cells of the rows of the table whose first column has this title. */
  firstColumn(title: string): readonly string[];
}

export function readPage(text: string): Page {
  const fenced = [...text.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)];
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return {
    blocks: (language) => fenced.flatMap(([, name, body = '']) => (name === language ? [body] : [])),
    codes: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link),
    anchors: [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => anchorOf(title)),
    firstColumn: (title) => firstColumn(prose, title),
  };
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function firstColumn(prose: string, title: string): readonly string[] {
  const lines = prose.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${title} |`));
  if (head < 0) throw new Error(`There is no table whose first column is ${title}.`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows
    .slice(0, end < 0 ? rows.length : end)
    .map((line) => (line.split('|')[1] ?? '').trim().replaceAll('`', ''));
}
