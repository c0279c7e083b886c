// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run leaves: {@code coordination.json}, {@code coordination.md} and a chart for each kind
 * of row.
 *
 * @param machine processor, cores, memory, system, JVM
 * @param commit of the sources
 * @param command that made it
 */
record Report(String machine, String commit, String command, List<Row> rows) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  String toJson() {
    return JSON.writeValueAsString(this) + "\n";
  }

  String toMarkdown() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        # Coordination, measured

        `%s` on %s, sources at %s. Made by that command: do not edit.

        Each peer is three processes on this machine, all fsyncs on except where its name says otherwise, and the load
        comes from a further process over %d connections, or from inside the processes where the name says so.

        """
            .formatted(command, machine, commit, Load.CONNECTIONS));
    for (RowName name : RowName.values()) {
      List<Row> some = rows.stream().filter(row -> row.row().equals(name.text())).toList();
      if (some.isEmpty()) {
        continue;
      }
      text.append("## %s\n\n%s.\n\n".formatted(name.text(), capital(name.doc)));
      if (Chart.isWorthOne(some)) {
        text.append("![%s](%s)\n\n".formatted(name.text(), chartFile(name)));
      }
      text.append(Row.HEADER).append('\n');
      some.forEach(row -> text.append(row.toMarkdown()).append('\n'));
      text.append('\n');
    }
    return text.toString();
  }

  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    write(folder.resolve("coordination.json"), toJson());
    write(folder.resolve("coordination.md"), toMarkdown());
    for (RowName name : RowName.values()) {
      List<Row> some = rows.stream().filter(row -> row.row().equals(name.text())).toList();
      if (Chart.isWorthOne(some)) {
        write(folder.resolve(chartFile(name)), new Chart(name, some).toSvg());
      }
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  private static String chartFile(RowName name) {
    return "coordination-" + name.text() + ".svg";
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
