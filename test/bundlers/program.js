// CommonJS knows no await out here.
import { findInFiles } from './in-node.js';

findInFiles().then((output) => console.log(JSON.stringify(output)));
