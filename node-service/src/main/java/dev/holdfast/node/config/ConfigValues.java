// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The values of all sources by key, each with its place; the weightiest source wins. */
final class ConfigValues {
  static final int FILE_BYTES_MAX = 256 << 10;
  private static final int ALIASES_MAX = 20;

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
      LoadSettings settings =
          LoadSettings.builder()
              .setLabel(name)
              .setUseMarks(true)
              .setAllowDuplicateKeys(false)
              .setMaxAliasesForCollections(ALIASES_MAX)
              .build();
      Optional<Node> root =
          new Compose(settings).composeString(Files.readString(file, StandardCharsets.UTF_8));
      root.filter(node -> !node.getTag().equals(Tag.NULL))
          .ifPresent(node -> readNode(name, "", node));
    } catch (MarkedYamlEngineException e) {
      errors.add(
          e.getProblemMark().map(mark -> at(name, mark)).orElse(name) + ": " + e.getProblem());
    } catch (YamlEngineException | IOException e) {
      errors.add(name + ": cannot be read: " + e.getMessage());
    }
  }

  private void readNode(String file, String key, Node node) {
    String place = place(file, node);
    if (node.isRecursive()) {
      errors.add(place + ": an alias is within its own anchor");
      return;
    }
    if (!(node instanceof MappingNode) && ConfigKeys.ALL.stream().noneMatch(k -> k.covers(key))) {
      if (!node.getTag().equals(Tag.NULL)) {
        errors.add(place + ": a map of keys is needed" + (key.isEmpty() ? "" : " below " + key));
      }
      return;
    }
    boolean isLabels = key.equals("node.labels");
    switch (node) {
      case MappingNode map when !isLabels -> {
        Set<String> names = new HashSet<>();
        for (NodeTuple entry : map.getValue()) {
          Node name = entry.getKeyNode();
          if (name instanceof ScalarNode plain && !names.add(plain.getValue())) {
            errors.add(place(file, name) + ": '" + plain.getValue() + "' stands there twice");
          } else {
            readEntry(file, key, entry);
          }
        }
      }
      case MappingNode map -> {
        List<String> pairs = new ArrayList<>();
        for (NodeTuple entry : map.getValue()) {
          pairs.add(scalar(file, entry.getKeyNode()) + "=" + scalar(file, entry.getValueNode()));
        }
        put(key, new Value(place, pairs, null));
      }
      case SequenceNode list ->
          put(
              key,
              new Value(place, list.getValue().stream().map(n -> scalar(file, n)).toList(), null));
      case ScalarNode plain -> {
        if (!plain.getTag().equals(Tag.NULL)) {
          put(key, new Value(place, List.of(plain.getValue()), typed(plain)));
        }
      }
      default -> errors.add(place + ": this kind of YAML is not understood here");
    }
  }

  private void readEntry(String file, String parent, NodeTuple entry) {
    String name = scalar(file, entry.getKeyNode());
    String key = parent.isEmpty() ? name : parent + "." + name;
    boolean known =
        ConfigKeys.ALL.stream()
            .anyMatch(line -> line.covers(key) || line.name().startsWith(key + "."));
    if (!known) {
      errors.add(
          place(file, entry.getKeyNode())
              + ": unknown key '"
              + key
              + "'"
              + Suggestions.forKey(key));
      return;
    }
    readNode(file, key, entry.getValueNode());
  }

  private String scalar(String file, Node node) {
    if (node instanceof ScalarNode plain) {
      return plain.getValue();
    }
    errors.add(place(file, node) + ": a plain value is needed");
    return "";
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

  private static String place(String file, Node node) {
    return node.getStartMark().map(mark -> at(file, mark)).orElse(file);
  }

  private static String at(String file, Mark mark) {
    return file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
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
