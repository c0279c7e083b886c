// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The reference says what the records say. {@code -Dholdfast.golden=write} writes its tables anew.
 */
class FrameReferenceTest {
  private static final Path REFERENCE = Path.of("../docs/reference/protocol.md");
  private static final String BEGIN =
      "<!-- frames: generated, compared by FrameReferenceTest -->\n";
  private static final String END = "<!-- end of frames -->";

  @Test
  void referenceHasEveryFrameWithItsFieldsInOrder() throws IOException {
    String text = Files.readString(REFERENCE);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    String tables = tables();
    if ("write".equals(System.getProperty("holdfast.golden"))) {
      Files.writeString(REFERENCE, text.substring(0, begin) + tables + text.substring(end));
      return;
    }

    assertThat(text.substring(begin, end)).isEqualTo(tables);
  }

  private static String tables() {
    Map<String, RecordShape> inner = new LinkedHashMap<>();
    return "### Client to node\n\n"
        + table(ClientFrame.class, inner)
        + "\n### Node to client\n\n"
        + table(ServerFrame.class, inner)
        + "\n### Inside frames\n\n| Record | Fields in order |\n|---|---|\n"
        + inner.values().stream()
            .map(shape -> "| `" + shape.name() + "` | " + fields(shape, inner) + " |\n")
            .collect(Collectors.joining());
  }

  private static String table(Class<?> direction, Map<String, RecordShape> inner) {
    List<RecordShape> shapes =
        FrameTypes.ALL.stream().filter(s -> direction.isAssignableFrom(s.type())).toList();
    return "| Number | Type | Fields in order |\n|---|---|---|\n"
        + shapes.stream()
            .map(s -> "| " + s.number() + " | `" + s.name() + "` | " + fields(s, inner) + " |\n")
            .collect(Collectors.joining());
  }

  private static String fields(RecordShape shape, Map<String, RecordShape> inner) {
    return shape.fields().stream()
        .map(field -> {
          if (field.codec() instanceof FieldCodec.Records records) {
            inner.put(records.shape().name(), records.shape());
          }
          return "`" + field.name() + "` " + field.codec().kind();
        })
        .collect(Collectors.joining(", "));
  }
}
