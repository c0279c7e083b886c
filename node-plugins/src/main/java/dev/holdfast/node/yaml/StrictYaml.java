// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Walks one YAML file, strictly: repeated keys, keys that are no text and aliases within themselves
 * are faults. It goes on after a fault, so that all are told at once, each with line and column,
 * and builds no objects from tags. Confined to one thread.
 */
public final class StrictYaml {
  /** Few lines must not become a large tree. */
  private static final int ALIASES_MAX = 20;

  private final String file;
  private final Consumer<Fault> faults;

  /**
   * @param line from 1, or 0 when the whole file is meant
   * @param column from 1, or 0
   * @param message without the place and without a full stop
   */
  public record Fault(int line, int column, String message) {}

  /** A key with its value, both with their places. */
  public record Field(ScalarNode key, Node value) {
    public String name() {
      return key.getValue();
    }
  }

  /**
   * @param file its name
   * @param faults told what is wrong, in the order in which it is found
   */
  public StrictYaml(String file, Consumer<Fault> faults) {
    this.file = file;
    this.faults = faults;
  }

  /** The root; empty for an empty file, and for what is no YAML, which is a fault. */
  public Optional<Node> compose(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setUseMarks(true)
            .setMaxAliasesForCollections(ALIASES_MAX)
            .build();
    try {
      return new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      faults.accept(fault(e.getProblemMark(), "This is not YAML: " + e.getProblem()));
    } catch (YamlEngineException e) {
      faults.accept(new Fault(0, 0, "This is not YAML: " + e.getMessage()));
    }
    return Optional.empty();
  }

  /** Those of a map that may be used: each name once. */
  public List<Field> fields(MappingNode map) {
    List<Field> fields = new ArrayList<>();
    if (map.isRecursive()) {
      fault(map, "An alias is within its own anchor");
      return fields;
    }
    Set<String> names = new HashSet<>();
    for (NodeTuple entry : map.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        fault(entry.getKeyNode(), "A key must be plain text");
      } else if (!names.add(key.getValue())) {
        fault(key, "'%s' stands twice".formatted(key.getValue()));
      } else {
        fields.add(new Field(key, entry.getValueNode()));
      }
    }
    return fields;
  }

  /** Something is wrong there. */
  public void fault(Node at, String message) {
    faults.accept(fault(at.getStartMark(), message));
  }

  private static Fault fault(Optional<Mark> mark, String message) {
    return new Fault(
        mark.map(Mark::getLine).orElse(-1) + 1, mark.map(Mark::getColumn).orElse(-1) + 1, message);
  }
}
