/** What was found out about one part of a machine or configuration. */
export interface Finding {
  readonly part: string;
  /** `advice`: it works, and could be better. `problem`: something configured cannot work. */
  readonly is: 'fine' | 'advice' | 'problem';
  /** What was found, in one line without passwords. */
  readonly text: string;
  /** What to do, in one line; null where there is nothing to do. */
  readonly advice: string | null;
}

export const fine = (part: string, text: string): Finding => {
  return { part, is: 'fine', text, advice: null };
};

export const better = (part: string, text: string, advice: string): Finding => {
  return { part, is: 'advice', text, advice };
};

export const problem = (part: string, text: string, advice: string): Finding => {
  return { part, is: 'problem', text, advice };
};
