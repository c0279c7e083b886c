// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import dev.holdfast.yaml.StrictYaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The values of all sources by key, each with its place; the weightiest source wins. */
final class ConfigValues {
  static final int FILE_BYTES_MAX = 256 << 10;

  /** HOLDFAST_ variables that are not the node's: the launcher's and the client's. */
  private static final Set<String> NOT_OURS =
      Set.of(
          "HOLDFAST_JAVA_HOME",
          "HOLDFAST_SERVERS",
          "HOLDFAST_TOKEN",
          "HOLDFAST_CONFIG",
          "HOLDFAST_HOME",
          "HOLDFAST_JVM_OPTS",
          "HOLDFAST_LOCK",
          "HOLDFAST_NO_BUILD",
          "HOLDFAST_SESSION");

  /**
   * @param place e.g. {@code holdfast.yaml:3:9}, {@code HOLDFAST_NODE_API}, {@code --api}
   * @param items of a list, or of a map as {@code k=v}; a plain value is the only one
   * @param scalar what YAML makes of a plain value: String, Long, Double, Boolean
   */
  record Value(String place, List<String> items, @Nullable Object scalar) {
    /** A text as it was written: a comma in a path parts nothing. */
    String text() {
      return scalar instanceof String text ? text.strip() : String.join(",", items);
    }
  }

  private final Map<String, Value> values = new LinkedHashMap<>();
  private final List<String> errors;

  /**
   * @param errors receives what is wrong
   */
  ConfigValues(List<String> errors) {
    this.errors = errors;
  }

  Optional<Value> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** All values below a prefix, without it. */
  Map<String, Value> below(String prefix) {
    Map<String, Value> below = new LinkedHashMap<>();
    values.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        below.put(key.substring(prefix.length()), value);
      }
    });
    return below;
  }

  /** A weightier source is read later. */
  void readFile(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        errors.add(name + ": larger than " + FILE_BYTES_MAX + " bytes");
        return;
      }
      new ConfigFile(name).read(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      errors.add(name + ": cannot be read: " + e.getMessage());
    }
  }

  /** The tree of one file, by dotted keys. */
  private final class ConfigFile {
    private final String name;
    private final StrictYaml yaml;

    ConfigFile(String name) {
      this.name = name;
      this.yaml =
          new StrictYaml(
              name,
              fault -> errors.add(place(fault.line(), fault.column()) + ": " + fault.message()));
    }

    void read(String text) {
      yaml.compose(text)
          .filter(root -> !root.getTag().equals(Tag.NULL))
          .ifPresent(root -> readNode("", root));
    }

    private void readNode(String key, Node node) {
      if (!(node instanceof MappingNode) && ConfigKeys.ALL.stream().noneMatch(k -> k.covers(key))) {
        if (!node.getTag().equals(Tag.NULL)) {
          yaml.fault(node, "a map of keys is needed" + (key.isEmpty() ? "" : " below " + key));
        }
        return;
      }
      boolean isLabels = key.equals("node.labels");
      switch (node) {
        case MappingNode map when !isLabels ->
            yaml.fields(map).forEach(field -> readField(key, field));
        case MappingNode map ->
            put(
                key,
                new Value(
                    place(node),
                    yaml.fields(map).stream()
                        .map(label -> label.name() + "=" + scalar(label.value()))
                        .toList(),
                    null));
        case SequenceNode list ->
            put(
                key,
                new Value(place(node), list.getValue().stream().map(this::scalar).toList(), null));
        case ScalarNode plain -> {
          if (!plain.getTag().equals(Tag.NULL)) {
            put(key, new Value(place(node), List.of(plain.getValue()), typed(plain)));
          }
        }
        default -> yaml.fault(node, "this kind of YAML is not understood here");
      }
    }

    private void readField(String parent, StrictYaml.Field field) {
      String key = parent.isEmpty() ? field.name() : parent + "." + field.name();
      boolean known =
          ConfigKeys.ALL.stream()
              .anyMatch(line -> line.covers(key) || line.name().startsWith(key + "."));
      if (known) {
        readNode(key, field.value());
      } else {
        yaml.fault(field.key(), "unknown key '" + key + "'" + Suggestions.forKey(key));
      }
    }

    private String scalar(Node node) {
      if (node instanceof ScalarNode plain) {
        return plain.getValue();
      }
      yaml.fault(node, "a plain value is needed");
      return "";
    }

    private String place(Node node) {
      return node.getStartMark()
          .map(mark -> place(mark.getLine() + 1, mark.getColumn() + 1))
          .orElse(name);
    }

    private String place(int line, int column) {
      return line == 0 ? name : name + ":" + line + ":" + column;
    }
  }

  private static Object typed(ScalarNode plain) {
    String text = plain.getValue();
    try {
      if (plain.getTag().equals(Tag.INT)) {
        return Long.valueOf(text);
      }
      if (plain.getTag().equals(Tag.FLOAT)) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      return text;
    }
    return plain.getTag().equals(Tag.BOOL) ? (Object) Boolean.valueOf(text) : text;
  }

  void readEnvironment(Map<String, String> environment) {
    environment.forEach((name, text) -> {
      if (!name.startsWith("HOLDFAST_") || NOT_OURS.contains(name)) {
        return;
      }
      ConfigKeys.ALL.stream()
          .filter(key -> !key.isPassedThrough() && key.variable().equals(name))
          .findFirst()
          .ifPresentOrElse(
              key -> put(key.name(), plain(name, text)),
              () -> errors.add(name + ": no such key" + Suggestions.forVariable(name)));
    });
  }

  /**
   * @param flags values by key, e.g. {@code node.api}, with the flag that gave it as the place
   */
  void readFlags(Map<String, NodeConfig.Flag> flags) {
    flags.forEach((key, flag) -> {
      if (ConfigKeys.ALL.stream().noneMatch(line -> line.covers(key))) {
        errors.add(flag.name() + ": unknown key '" + key + "'" + Suggestions.forKey(key));
      } else {
        put(key, plain(flag.name(), flag.value()));
      }
    });
  }

  private static Value plain(String place, String text) {
    List<String> items =
        List.of(text.split(",")).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
    return new Value(place, items, text);
  }

  private void put(String key, Value value) {
    values.put(key, value);
  }
}
