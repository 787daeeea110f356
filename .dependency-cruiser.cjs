/** The floor order of src: a folder imports only folders in rows above its own, never a sibling of its row. */
const floors = [
  ['base'],
  ['model'],
  ['device'],
  ['trace'],
  ['run'],
  ['replay'],
  ['mechanisms'],
  ['policies'],
  ['store', 'formats', 'synth', 'record'],
  ['analysis'],
  ['study'],
  ['report'],
  ['server'],
  ['cli'],
  ['commands'],
]
/** They also run in a browser. */
const nodeFree = ['base', 'model', 'device', 'trace', 'run', 'replay', 'mechanisms', 'policies', 'synth', 'formats']
const tests = '[.]test[.]ts$'
const anyOf = (folders) => `^src/(${folders.join('|')})/`

const order = floors.flatMap((row, floor) =>
  row.map((folder) => ({
    name: `floor-order-of-${folder}`,
    comment: `src/${folder} imports only folders below it: ${floors.slice(0, floor).flat().join(', ') || 'none'}`,
    severity: 'error',
    from: { path: anyOf([folder]), pathNot: tests },
    to: { path: '^src/', pathNot: [anyOf([folder]), ...(floor === 0 ? [] : [anyOf(floors.slice(0, floor).flat())])] },
  })),
)

module.exports = {
  forbidden: [
    ...order,
    {
      name: 'every-folder-has-its-floor',
      comment: 'a folder of src that is not in the floor order above',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: anyOf([...floors.flat(), 'testing', 'bench']) },
      to: {},
    },
    {
      name: 'mechanisms-know-no-sibling',
      comment: 'one mechanism never imports another: what they share is an interface in replay',
      severity: 'error',
      from: { path: '^src/mechanisms/[^/]+/', pathNot: tests },
      to: { path: '^src/mechanisms/' },
    },
    {
      name: 'no-node-in-the-core',
      comment: 'these folders also run in a browser',
      severity: 'error',
      from: { path: anyOf(nodeFree), pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nothing-that-ships-imports-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(testing|bench)/', tests] },
      to: { path: ['^src/(testing|bench)/', tests] },
    },
    {
      name: 'nothing-that-ships-imports-a-dev-package',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(testing|bench)/', tests] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'onnxruntime',
      },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      comment: 'onnxruntime-node is optional and imported dynamically',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '^onnxruntime-node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
