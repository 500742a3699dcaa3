/** What the columns of the page mean. */
export const pageIntro = `# Results

Results of the strategies in \`operators/learn/strategies/\`, measured by \`lifelens bench learning\` and
written by \`npm run bench:results\`. This file is generated; do not edit it.

- **mAP50**, **mAP**: final AP at IoU 0.5 and AP@[.50:.95], mean over all learned classes that have test
  objects.
- **checkpoints**: number of evaluations, spread evenly over the steps of the protocol. The classes
  introduced since the checkpoint before form a task.
- **Ω**: mAP50 divided by that of joint training on the same classes, mean over the checkpoints. Joint
  training is the best of several strategies that get all examples at once.
- **forgetting**: a task's best mAP50 at any checkpoint minus its final mAP50, mean over all tasks but the
  last; **BWT**: final mAP50 minus mAP50 at the end of the task. Both use all test pictures, including
  those of classes not learned yet, where every detection is a false positive: what vanishes of these later
  hides what is forgotten.
- **mAP50 seen**: on the pictures that show a learned class; **forgetting seen**, **BWT seen**: each task on
  the pictures that show a class learned by its end, the same ones at every checkpoint, so that the head
  alone changes.
- Ω, forgetting and BWT depend on the number of checkpoints, so rows with different numbers are in separate
  tables.
- **bytes**: peak of the strategy's state and its sample memory together; **cap**: the limit on it.
- **update**: mean time of one update; **CPU**: CPU time of all updates together; **peak RSS**: of the
  whole process, including cached pictures; **label → live**: time from one more labelled object to the
  first detection under the updated head.
- Figures over several seeds (orders of classes) or splits are means ± standard deviation.
- Brackets hold 95 % intervals: 1,000 draws of test pictures, in which pictures of one track or sequence are
  drawn together, and, over several seeds, of class orders.
- **behind the best**: mAP50 minus that of the best row under the same cap, each draw taking the same
  pictures and orders for both. The best row is **bold** where it leads beyond chance: where the intervals
  of the differences of all other rows exclude 0. Rows without a recorded outcome for every picture are not
  compared, and nothing is bold beside them.

Open world: **unknown recall**: share of unknown objects reported as unknown (U-Recall), at the operating
point and at one or two false reports per picture; **live**: under the live pipeline's rule, which accepts
every base label. Absolute open-set error in two readings: **A-OSE objects**: unknown objects with any
label, **A-OSE objects learned**: with a learned label; **A-OSE OWOD**: as the code of Joseph et al. (2021)
counts, detections of learned classes with a score of at least 0.05 and an IoU above 0.5 with an unknown
object, so that one object counts as often as it is detected. **Wilderness impact** at a recall of 0.8 in
two readings: **Dhamija** (et al., 2020): false positives on unknown objects divided by all other
positives, over the **wilderness classes** that reach that recall; **OWOD**: divided by all positives, those
included, each class at the recall that comes closest. Base retention:
**named precision** and **named recall** of the labels on live frames; **undoubted recall**: without
objects that are reported as unknown as well; **new on old** and **new elsewhere**: learned labels per
picture on annotated objects and elsewhere, all of them false positives.
`;
