/** Hands over files that are dropped anywhere on the page, or pasted; `take` is given undefined where there was no file. */
export function receiveFiles(take) {
  const { classList } = document.documentElement;
  addEventListener('dragover', (event) => {
    event.preventDefault();
    classList.add('dragging');
  });
  addEventListener('dragleave', (event) => {
    // Leaving the window, not only an element in it.
    if (event.relatedTarget === null) classList.remove('dragging');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    classList.remove('dragging');
    take(event.dataTransfer.files[0]);
  });
  addEventListener('paste', (event) => take(event.clipboardData.files[0]));
}
