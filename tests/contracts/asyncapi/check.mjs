// Reads an AsyncAPI document from standard input; writes what the AsyncAPI project's own parser
// has to say of it as JSON: {"parsed": true, "diagnostics": [{"severity": 0, "code": …}]}.
import { text } from 'node:stream/consumers';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
process.stdout.write(JSON.stringify({ parsed: document !== undefined, diagnostics }));
