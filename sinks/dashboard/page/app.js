import { Connection } from './connection.js';
import { byId, make, setText } from './dom.js';
import { Figures } from './figures.js';
import { ModelPanel } from './model-panel.js';
import { PictureView } from './picture.js';
import { announce, toast } from './toasts.js';
import { Unknowns } from './unknowns.js';

const picturesPerSecond = 15;

/** Error codes after which a cluster has no samples left to label. */
const goneCodes = new Set(['unknown-target', 'sample-gone']);

const state = {
  cameras: [],
  camera: null,
  states: new Map(),
  baseClasses: [],
  past: 0,
  suggestions: '',
  countdown: null,
};
const figures = new Figures();
const model = new ModelPanel();
const unknowns = new Unknowns(sendLabel);
const picture = new PictureView((object, camera) => void openLabelDialog(object, camera));
const connection = new Connection({
  onMessage: receive,
  onPicture: (message) => {
    if (message.camera === state.camera) showCameraState();
    picture.updatePicture(message);
  },
  onState: showConnection,
});

function receive(message) {
  switch (message.type) {
    case 'hello':
      return receiveHello(message);
    case 'detections':
      return picture.updateDetections(message);
    case 'sample':
      return unknowns.update(message);
    case 'camera':
      return setCameraState(message.camera, message.state);
    case 'model':
      model.addEvent(message, message.seq > state.past);
      return suggestClasses(message.event === 'learning' ? [] : message.classes);
    case 'metrics':
      figures.update(message);
      model.updateMetrics(message);
      for (const { camera, state: now } of message.cameras) setCameraState(camera, now);
      return suggestClasses(message.model.classes);
  }
}

function receiveHello(hello) {
  state.past = hello.past;
  state.baseClasses = hello.baseClasses;
  setText(byId('version'), hello.version);
  // The current state follows after `hello`; frame numbers may start again.
  picture.reset();
  unknowns.clear();
  model.clear();
  model.updateHello(hello);
  suggestClasses(hello.classes);
  state.cameras = hello.cameras;
  showTabs();
  selectCamera(hello.cameras.includes(state.camera) ? state.camera : (hello.cameras[0] ?? null));
}

function selectCamera(camera) {
  if (camera !== state.camera) {
    state.camera = camera;
    picture.show(camera);
    figures.show(camera);
  }
  for (const tab of byId('cameras').children) {
    const isSelected = tab.dataset.camera === camera;
    tab.setAttribute('aria-selected', String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
  }
  subscribe();
  showCameraState();
}

/** Requests pictures of the selected camera only, and none while the page is hidden. */
function subscribe() {
  if (state.camera === null || !connection.isOpen) return;
  void connection.ask({
    command: 'subscribe',
    cameras: [state.camera],
    maxFps: picturesPerSecond,
    pictures: document.visibilityState === 'visible',
  });
}

function showTabs() {
  const tabs = state.cameras.map((camera) => {
    const tab = make(
      'button',
      { type: 'button', role: 'tab', className: 'tab', dataset: { camera } },
      make('i', { 'aria-hidden': 'true' }),
      camera,
    );
    tab.addEventListener('click', () => selectCamera(camera));
    return tab;
  });
  byId('cameras').replaceChildren(...tabs);
  for (const [camera, now] of state.states) setCameraState(camera, now);
}

byId('cameras').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || state.cameras.length === 0) return;
  const { length } = state.cameras;
  selectCamera(state.cameras[(state.cameras.indexOf(state.camera) + step + length) % length]);
  byId('cameras').querySelector('[aria-selected=true]')?.focus();
});

function setCameraState(camera, now) {
  state.states.set(camera, now);
  const tab = [...byId('cameras').children].find(({ dataset }) => dataset.camera === camera);
  if (tab !== undefined) tab.dataset.state = now;
  if (camera === state.camera) showCameraState();
}

function showCameraState() {
  const now = state.states.get(state.camera) ?? 'running';
  const paused = now === 'paused';
  setText(byId('pause'), paused ? 'Resume' : 'Pause');
  byId('pause').disabled = state.camera === null;
  const notes = {
    starting: 'Camera starting…',
    lost: 'Camera lost; reconnecting…',
    paused: 'Paused',
    ended: 'End of the recording',
    failed: 'Camera failed',
  };
  if (notes[now] !== undefined) picture.note(notes[now]);
  else if (byId('picture').dataset.frame !== undefined) picture.note(null);
}

/** Sends a label command, and offers to undo it. */
async function sendLabel(command, className, target) {
  const classField = command === 'dismiss' ? {} : { class: className };
  const answer = await connection.ask({ command, ...classField, target });
  if (!answer.ok) {
    // Without samples the card cannot be labelled any more.
    if (goneCodes.has(answer.code) && target.clusterId !== undefined) {
      unknowns.remove(target.clusterId);
    }
    toast(answer.message, { kind: 'error' });
    return answer;
  }
  const samples =
    target.clusterId === undefined || command === 'notA' ? [] : unknowns.remove(target.clusterId);
  const count = answer.samples === undefined ? '' : ` (${answer.samples} samples)`;
  const texts = {
    label: `Labelled “${className}”${count}`,
    notA: `Not a “${className}”${count}`,
    dismiss: `Dismissed${count}`,
  };
  const undo = () => void undoLabel(answer.labelId, samples);
  toast(texts[command], { action: { label: 'Undo', run: undo } });
  return answer;
}

async function undoLabel(labelId, samples) {
  const answer = await connection.ask({ command: 'undo', ...(labelId && { labelId }) });
  if (!answer.ok) return toast(answer.message, { kind: 'error' });
  for (const sample of samples) unknowns.update(sample);
  toast('Undone');
}

/** Opens the dialog to label an object in the picture; an unknown with a card is labelled there. */
async function openLabelDialog(object, camera) {
  if (object.kind === 'unknown' && unknowns.focus(object.clusterId)) return;
  setMarking(false);
  const dialog = byId('name-dialog');
  const input = byId('name-dialog-class');
  const target =
    object.kind === 'box'
      ? { box: object.box, camera, frame: object.frame }
      : { trackId: object.trackId, camera };
  setText(
    byId('name-dialog-text'),
    object.class ? `Detected as “${object.class}”.` : 'Not labelled yet.',
  );
  setText(byId('name-dialog-error'), '');
  input.value = object.class ?? '';
  input.select();
  dialog.returnValue = 'cancel';
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  const command = dialog.returnValue;
  const className = input.value.trim();
  if (command === 'cancel' || command === '') return;
  if (command !== 'dismiss' && className === '')
    return toast('Enter a class name', { kind: 'error' });
  await sendLabel(command, className, target);
}

function setMarking(on) {
  picture.marking = on;
  byId('mark').setAttribute('aria-pressed', String(on));
  setText(byId('mark'), on ? 'Draw a box… (Esc)' : 'Mark an object');
}

byId('mark').addEventListener('click', (event) => {
  setMarking(event.currentTarget.getAttribute('aria-pressed') !== 'true');
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') setMarking(false);
});

byId('pause').addEventListener('click', async () => {
  const command = state.states.get(state.camera) === 'paused' ? 'resume' : 'pause';
  const answer = await connection.ask({ command, camera: state.camera });
  if (!answer.ok) toast(answer.message, { kind: 'error' });
  else setCameraState(state.camera, command === 'pause' ? 'paused' : 'running');
});

byId('rollback').addEventListener('click', async () => {
  const dialog = byId('confirm-dialog');
  const version = byId('fact-head').dataset.version;
  setText(
    byId('confirm-text'),
    `The previous head replaces head ${version} from the next frame on.`,
  );
  dialog.returnValue = 'no';
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  if (dialog.returnValue !== 'yes') return;
  const answer = await connection.ask({ command: 'rollback' });
  if (answer.ok)
    toast(
      answer.headVersion === undefined
        ? 'Rolled back'
        : `Rolled back to head ${answer.headVersion}`,
    );
  else toast(answer.message, { kind: 'error' });
});

function suggestClasses(learned) {
  const names = [...new Set([...learned, ...state.baseClasses])];
  const key = names.join('\n');
  if (key === state.suggestions || (learned.length === 0 && state.suggestions !== '')) return;
  state.suggestions = key;
  byId('class-names').replaceChildren(...names.map((name) => make('option', { value: name })));
}

function showConnection(now, retryInMs) {
  const status = byId('status');
  status.dataset.state = now;
  // Between two attempts the page shows old data as well.
  document.body.dataset.connection = now === 'open' ? 'open' : 'lost';
  setText(status, { open: 'live', connecting: 'connecting', lost: 'offline' }[now]);
  clearInterval(state.countdown);
  if (now === 'open') {
    byId('banner').hidden = true;
    return;
  }
  if (now !== 'lost') return;
  const atMs = performance.now() + retryInMs;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((atMs - performance.now()) / 1000));
    setText(byId('banner-text'), `Connection lost. Retrying in ${seconds} s.`);
  };
  // Screen readers announce the banner once, not every second of the countdown.
  if (byId('banner').hidden) announce('Connection lost');
  byId('banner').hidden = false;
  tick();
  state.countdown = setInterval(tick, 1000);
}

byId('banner-retry').addEventListener('click', () => connection.retryNow());
document.addEventListener('visibilitychange', subscribe);
connection.start();
