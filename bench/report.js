/** Results as Markdown. */
const MEGABYTE = 1e6;

/** Not a devDependency for its size; everything else that takes part is. */
const INSTALL_NATIVE = 'npm install --no-save --ignore-scripts --prefix bench onnxruntime-node@1.30.0';

export const TITLES = {
  resnet18: 'PIPNet, ResNet-18',
  resnet50: 'PIPNet, ResNet-50',
  resnet101: 'PIPNet, ResNet-101',
  mobilenet_v2: 'PIPNet, MobileNetV2',
  mobilenet_v3: 'PIPNet, MobileNetV3-Large',
  faceboxes: 'Detector, FaceBoxesV2',
  pipeline: 'Picture to landmarks',
};

export function markdown({ command, node, cpu, rounds, missing, cases }) {
  const heads = [
    `Made by \`${command}\` with Node ${node.slice(1)} on ${cpu}: ${rounds} rounds, one thread unless the name says more.`,
    'Milliseconds per run, outputs compared before (all maps within 1e-3 of their largest magnitude). Ratios are to our median (how many times longer), with the quartiles of the ratios round by round.',
    "Our landmark networks run as users run them, with the sparse head, whose landmarks were compared with the dense head's; the peers compute the whole maps.",
    'Cold start is from the start of the process to the first result, median; memory is the most that the process ever had.',
  ];
  if (missing.length > 0)
    heads.push(`Not installed: ${missing.join(', ')}${missing.includes('onnxruntime-node') ? ` (\`${INSTALL_NATIVE}\`)` : ''}.`);
  return `${[heads.join('\n'), ...cases.map(section)].join('\n\n')}\n`;
}

function section({ name, size, rows, failures }) {
  const title = `## ${TITLES[name]}${size === undefined ? '' : `, ${size}x${size}`}`;
  const bases = rows.length > 0 ? Object.keys(rows[0].ratios) : [];
  const hasTasks = new Set(rows.map(({ task }) => task)).size > 1;
  const table = [
    ['', 'median', 'p10', 'p95', ...bases.map((base) => `ratio to ${base}`), 'cold start, ms', 'memory, MB'],
    ['---', ...Array(5 + bases.length).fill('--:')],
    ...rows.map(({ contestant, task, median, p10, p95, ratios, coldStart, peakMemory }) => [
      hasTasks ? `${contestant}: ${task}` : contestant,
      ...[median, p10, p95].map(milliseconds),
      ...bases.map((base) => (base === contestant ? '1' : ratioText(ratios[base]))),
      coldStart.toFixed(0),
      (peakMemory / MEGABYTE).toFixed(0),
    ]),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return [title, '', ...table, ...failures.map(({ contestant, reason }) => `\n${contestant} failed: ${reason}`)].join('\n');
}

function ratioText({ ratio, low, high }) {
  return `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function milliseconds(value) {
  return value.toFixed(value < 100 ? 1 : 0);
}
