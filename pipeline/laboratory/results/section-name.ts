import type { ResultGroup } from './group-reports.ts';

/** The view size that section names omit. */
const usualSize = 320;

/** Title of a table or chart: set, protocol and, unless they are the usual ones, size and shape. */
export function sectionName(
  { set, protocol, size, shape }: Pick<ResultGroup, 'set' | 'protocol' | 'size' | 'shape'>,
  joint: string,
): string {
  const view = [
    ...(size === usualSize ? [] : [`${size} px`]),
    ...(shape === 'own' ? ['own shape'] : []),
  ];
  return [`${set}${joint}${protocol}`, ...view].join(', ');
}
