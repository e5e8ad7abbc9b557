/**
 * Turns many reads of one record into few of many: those asked for in the same turn of the event loop go together, as the
 * checks of a slot do. A failed read fails for all who asked for it.
 */
export function gatherReads<T>(
  readMany: (ids: readonly string[]) => Promise<readonly (T | null)[]>,
): (id: string) => Promise<T | null> {
  let gathering: { ids: string[]; answers: Promise<readonly (T | null)[]> } | null = null;
  function begin() {
    const ids: string[] = [];
    const answers = new Promise<void>((resolve) => {
      setImmediate(resolve);
    }).then(() => {
      gathering = null;
      return readMany(ids);
    });
    return { ids, answers };
  }
  return async (id) => {
    gathering ??= begin();
    const { ids, answers } = gathering;
    const index = ids.push(id) - 1;
    return (await answers)[index] ?? null;
  };
}
