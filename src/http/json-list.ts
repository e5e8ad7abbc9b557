/** `{"name":[…]}`, a slice at a time, so that a large fleet neither fills the memory nor holds up the event loop. */
export async function* jsonList(
  name: string,
  slices: AsyncIterable<readonly object[]> | Iterable<readonly object[]>,
): AsyncGenerator<string> {
  let text = `{${JSON.stringify(name)}:[`;
  let separator = '';
  for await (const slice of slices) {
    for (const item of slice) {
      text += separator + JSON.stringify(item);
      separator = ',';
    }
    if (text !== '') yield text;
    text = '';
  }
  yield `${text}]}`;
}
