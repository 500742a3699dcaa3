import { Connection } from './connection.js';
import { byId, make, setText } from './dom.js';
import { Figures } from './figures.js';
import { ModelPanel } from './model-panel.js';
import { PictureView } from './picture.js';
import { announce, toast } from './toasts.js';
import { Unknowns } from './unknowns.js';

const PICTURES_PER_SECOND = 15;

/** Answers after which there is nothing left to name. */
const GONE = new Set(['unknown-target', 'sample-gone']);

const state = {
  cameras: [],
  camera: null,
  states: new Map(),
  baseClasses: [],
  past: 0,
  offered: '',
  countdown: null,
};
const figures = new Figures();
const model = new ModelPanel();
const unknowns = new Unknowns(teach);
const picture = new PictureView((object, camera) => void pick(object, camera));
const connection = new Connection({
  onMessage: takeMessage,
  onPicture: (message) => {
    if (message.camera === state.camera) showCameraState();
    picture.takePicture(message);
  },
  onState: showConnection,
});

function takeMessage(message) {
  switch (message.type) {
    case 'hello':
      return takeHello(message);
    case 'detections':
      return picture.takeDetections(message);
    case 'sample':
      return unknowns.take(message);
    case 'camera':
      return takeCameraState(message.camera, message.state);
    case 'model':
      model.takeEvent(message, message.seq > state.past);
      return offerNames(message.event === 'learning' ? [] : message.classes);
    case 'metrics':
      figures.take(message);
      model.takeMetrics(message);
      for (const { camera, state: now } of message.cameras) takeCameraState(camera, now);
      return offerNames(message.model.classes);
  }
}

function takeHello(hello) {
  state.past = hello.past;
  state.baseClasses = hello.baseClasses;
  setText(byId('version'), hello.version);
  // The server tells everything that still counts after its greeting, and counts frames anew.
  picture.forget();
  unknowns.clear();
  model.clear();
  model.takeHello(hello);
  offerNames(hello.classes);
  state.cameras = hello.cameras;
  showTabs();
  choose(hello.cameras.includes(state.camera) ? state.camera : (hello.cameras[0] ?? null));
}

function choose(camera) {
  if (camera !== state.camera) {
    state.camera = camera;
    picture.show(camera);
    figures.show(camera);
  }
  for (const tab of byId('cameras').children) {
    const chosen = tab.dataset.camera === camera;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  subscribe();
  showCameraState();
}

/** Only the camera that is looked at sends its pictures, and none while the page is hidden. */
function subscribe() {
  if (state.camera === null || !connection.isOpen) return;
  void connection.ask({
    ...{ command: 'subscribe', cameras: [state.camera], maxFps: PICTURES_PER_SECOND },
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
    tab.addEventListener('click', () => choose(camera));
    return tab;
  });
  byId('cameras').replaceChildren(...tabs);
  for (const [camera, now] of state.states) takeCameraState(camera, now);
}

byId('cameras').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || state.cameras.length === 0) return;
  const { length } = state.cameras;
  choose(state.cameras[(state.cameras.indexOf(state.camera) + step + length) % length]);
  byId('cameras').querySelector('[aria-selected=true]')?.focus();
});

function takeCameraState(camera, now) {
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
    starting: 'The camera is starting…',
    lost: 'The camera is lost; trying again…',
    paused: 'Paused',
    ended: 'The recording has ended',
    failed: 'The camera failed',
  };
  if (notes[now] !== undefined) picture.note(notes[now]);
  else if (byId('picture').dataset.frame !== undefined) picture.note(null);
}

/** Sends what somebody said about an object, and offers to take it back. */
async function teach(command, className, target) {
  const named = command === 'dismiss' ? {} : { class: className };
  const answer = await connection.ask({ command, ...named, target });
  if (!answer.ok) {
    // A card whose samples are gone is of no use to anybody.
    if (GONE.has(answer.code) && target.clusterId !== undefined) {
      unknowns.remove(target.clusterId);
    }
    toast(answer.message, { kind: 'error' });
    return answer;
  }
  const samples =
    target.clusterId === undefined || command === 'notA' ? [] : unknowns.remove(target.clusterId);
  const count = answer.samples === undefined ? '' : ` (${answer.samples} samples)`;
  const said = {
    label: `Named “${className}”${count}`,
    notA: `Not a “${className}”${count}`,
    dismiss: `Dismissed${count}`,
  };
  const undo = () => void takeBack(answer.labelId, samples);
  toast(said[command], { action: { label: 'Undo', run: undo } });
  return answer;
}

async function takeBack(labelId, samples) {
  const answer = await connection.ask({ command: 'undo', ...(labelId && { labelId }) });
  if (!answer.ok) return toast(answer.message, { kind: 'error' });
  for (const sample of samples) unknowns.take(sample);
  toast('Taken back');
}

/** Asks what an object in the picture is. An unknown with a card is named there. */
async function pick(object, camera) {
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
    object.class ? `It is taken for “${object.class}”.` : 'Nobody has named it yet.',
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
    return toast('A name is needed', { kind: 'error' });
  await teach(command, className, target);
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
  else takeCameraState(state.camera, command === 'pause' ? 'paused' : 'running');
});

byId('rollback').addEventListener('click', async () => {
  const dialog = byId('confirm-dialog');
  const version = byId('fact-head').dataset.version;
  setText(
    byId('confirm-text'),
    `Head ${version} stops detecting at the next frame, and the one before it takes over.`,
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

function offerNames(learned) {
  const names = [...new Set([...learned, ...state.baseClasses])];
  const key = names.join('\n');
  if (key === state.offered || (learned.length === 0 && state.offered !== '')) return;
  state.offered = key;
  byId('class-names').replaceChildren(...names.map((name) => make('option', { value: name })));
}

function showConnection(now, retryInMs) {
  const status = byId('status');
  status.dataset.state = now;
  // Between two attempts nothing is live either.
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
    setText(byId('banner-text'), `Connection lost. Trying again in ${seconds} s.`);
  };
  // Announced when it appears; the countdown is for the eye.
  if (byId('banner').hidden) announce('Connection lost');
  byId('banner').hidden = false;
  tick();
  state.countdown = setInterval(tick, 1000);
}

byId('banner-retry').addEventListener('click', () => connection.retryNow());
document.addEventListener('visibilitychange', subscribe);
connection.start();
