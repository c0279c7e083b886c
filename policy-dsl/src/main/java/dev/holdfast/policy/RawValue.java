// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** From YAML to what JSON would have, since requests come in as JSON. */
final class RawValue {
  private RawValue() {}

  /**
   * @param type what is expected: a text that looks like a number is a text where one is meant;
   *     null when that is not known
   */
  static Object of(Node node, @Nullable DataType type) {
    return switch (node) {
      case ScalarNode scalar -> scalar(scalar, type);
      case SequenceNode list -> {
        DataType element = type instanceof DataType.ListOf l ? l.element() : null;
        List<Object> values = new ArrayList<>();
        list.getValue().forEach(entry -> values.add(of(entry, element)));
        yield values;
      }
      case MappingNode map -> {
        DataType value = type instanceof DataType.MapOf m ? m.value() : null;
        Map<String, Object> values = new LinkedHashMap<>();
        for (NodeTuple entry : map.getValue()) {
          String key =
              entry.getKeyNode() instanceof ScalarNode s
                  ? s.getValue()
                  : entry.getKeyNode().toString();
          values.put(key, of(entry.getValueNode(), value));
        }
        yield values;
      }
      default -> throw new IllegalStateException("aliases were refused before: " + node);
    };
  }

  private static Object scalar(ScalarNode scalar, @Nullable DataType type) {
    String text = scalar.getValue();
    boolean textual =
        type != null && !(type instanceof DataType.Int) && !(type instanceof DataType.Bool);
    if (textual) {
      return text;
    }
    if (scalar.getTag().equals(Tag.BOOL)) {
      return text.equalsIgnoreCase("true");
    }
    if (scalar.getTag().equals(Tag.INT)) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException _) {
        return text; // Too long for any number of ours, or in octal.
      }
    }
    return text;
  }
}
