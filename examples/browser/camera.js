/** Why a camera can't be had, in words for whoever sits before it. */
const REASONS = {
  NotFoundError: 'No camera was found. Connect one, or choose a picture.',
  OverconstrainedError: 'That camera is gone. Choose another one.',
  NotAllowedError: 'The camera is blocked. Allow it in the browser’s settings for this page, then try again.',
  NotReadableError: 'The camera can’t be read. Another program may be using it.',
};

/**
 * A camera's stream.
 *
 * @param deviceId which one; default the one that looks at the user
 * @throws Error whose message is fit to be shown
 */
export async function openCamera(deviceId) {
  if (!navigator.mediaDevices) throw new Error('This page has no access to cameras: it needs https, or localhost.');
  const choice = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...choice, width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (error) {
    throw new Error(REASONS[error.name] ?? `The camera can’t be opened: ${error.message}`);
  }
}

/** Cameras to choose from; they have names only once one of them is open. */
export async function listCameras() {
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
}
