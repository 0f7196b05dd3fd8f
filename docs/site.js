// What typedoc is told beside typedoc.json: documents are called what their first line says.
import { Converter } from 'typedoc';

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.name = document.content[0].text.match(/^# (.*)/)[1];
  });
  // The project's name stands above it already.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    project.readme[0].text = project.readme[0].text.replace(/^# .*\n/, '');
  });
}
