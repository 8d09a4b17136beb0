// Reads every view with a driver's defaults: each integer must be one that a JavaScript number holds exactly.
'use strict';
const { execFileSync } = require('node:child_process');
const path = process.argv[2];

function open() {
  try {
    const { DatabaseSync } = require('node:sqlite'); // Node 22.5 or later
    const database = new DatabaseSync(path);
    return (sql) => database.prepare(sql).all();
  } catch (error) {
    if (error.code !== 'ERR_UNKNOWN_BUILTIN_MODULE' && error.code !== 'MODULE_NOT_FOUND') throw error;
    // An older Node: through the sqlite3 program, with JSON numbers as JavaScript reads them.
    return (sql) => JSON.parse(execFileSync('sqlite3', ['-readonly', '-json', path, sql]).toString() || '[]');
  }
}

const all = open();
const views = all("SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE 'v\\_%' ESCAPE '\\'");
for (const { name } of views) {
  const columns = all(`SELECT * FROM pragma_table_info('${name}')`).map((column) => column.name);
  const rows = all(`SELECT ${columns.filter((column) => column !== 'raw').join(', ')} FROM ${name}`);
  for (const row of rows)
    for (const [column, value] of Object.entries(row))
      if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
        throw new Error(`${name}.${column} is ${value}`);
  // The receipt that Node read finds its own row again.
  if (name === 'v_postbacks')
    for (const { receipt } of rows)
      if (all(`SELECT count(*) AS n FROM v_postbacks WHERE receipt = ${receipt}`)[0].n !== 1)
        throw new Error(`receipt ${receipt} is another row's`);
  console.log(`${name} ${rows.length}`);
}
