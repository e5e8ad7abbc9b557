/**
 * Turns many questions of one into few of many: those that are asked in the same turn of the event loop, as by the checks
 * of a slot, are answered together, in their order. A failed answer fails for all who asked for it.
 */
export function gather<Question, Answer>(
  answerAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let gathering: { questions: Question[]; answers: Promise<readonly Answer[]> } | null = null;
  function begin() {
    const questions: Question[] = [];
    const answers = new Promise<void>((resolve) => {
      setImmediate(resolve);
    }).then(() => {
      gathering = null;
      return answerAll(questions);
    });
    return { questions, answers };
  }
  return async (question) => {
    gathering ??= begin();
    const { questions, answers } = gathering;
    const index = questions.push(question) - 1;
    return (await answers)[index] as Answer;
  };
}
