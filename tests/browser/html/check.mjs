// Reads documents from standard input as JSON, place → HTML; writes what html-validate, told to hold
// them against the HTML standard, has to say of each: {"place": ["line:column rule: message", …]}.
import { text } from 'node:stream/consumers';
import { HtmlValidate, StaticConfigLoader } from 'html-validate';

const loader = new StaticConfigLoader({ root: true, extends: ['html-validate:standard'] });
const validator = new HtmlValidate(loader);
const said = {};
for (const [place, html] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const report = await validator.validateString(html);
  said[place] = report.results.flatMap(({ messages }) =>
    messages.map((each) => `${each.line}:${each.column} ${each.ruleId}: ${each.message}`));
}
process.stdout.write(JSON.stringify(said));
