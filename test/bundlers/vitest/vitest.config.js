export default { test: { include: ['in-test.js'], globals: true } };
