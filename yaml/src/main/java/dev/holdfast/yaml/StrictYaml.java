// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Walks one YAML file, strictly: repeated keys, keys that are no text and aliases within themselves
 * are faults. It goes on after a fault, so that all are told at once, each with line and column,
 * and builds no objects from tags. Confined to one thread.
 */
public final class StrictYaml {
  /** Few lines must not become a large tree. */
  private static final int ALIASES_MAX = 20;

  /** Characters, and levels, of what strangers may write. */
  private static final int LENGTH_MAX = 1 << 18;

  private static final int DEPTH_MAX = 40;

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

  /**
   * The roots of all documents of a text that strangers may write: without aliases, anchors and
   * tags, not deep and not large. Empty when it is otherwise, or no YAML, which is a fault.
   */
  public List<Node> composeAll(String text) {
    if (text.length() > LENGTH_MAX) {
      faults.accept(new Fault(1, 1, "The file has more than %d characters".formatted(LENGTH_MAX)));
      return List.of();
    }
    LoadSettings settings =
        LoadSettings.builder().setLabel(file).setUseMarks(true).setSchema(new CoreSchema()).build();
    try {
      if (!isPlain(settings, text)) {
        return List.of();
      }
      List<Node> roots = new ArrayList<>();
      new Compose(settings).composeAllFromString(text).forEach(roots::add);
      return roots;
    } catch (MarkedYamlEngineException e) {
      faults.accept(fault(e.getProblemMark(), "This is not YAML: " + e.getProblem()));
    } catch (YamlEngineException e) {
      faults.accept(new Fault(1, 1, "This is not YAML: " + e.getMessage()));
    }
    return List.of();
  }

  /** Looked at before a tree is built: the builder would follow aliases, and recurse. */
  private boolean isPlain(LoadSettings settings, String text) {
    boolean plain = true;
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      if (depth > DEPTH_MAX) {
        faults.accept(fault(event.getStartMark(), "This nests deeper than " + DEPTH_MAX));
        return false;
      }
      Optional<String> foreign = foreign(event);
      foreign.ifPresent(what -> faults.accept(fault(event.getStartMark(), what)));
      plain &= foreign.isEmpty();
    }
    return plain;
  }

  private static Optional<String> foreign(Event event) {
    boolean tagged =
        switch (event) {
          case ScalarEvent scalar -> scalar.getTag().isPresent();
          case CollectionStartEvent start -> start.getTag().isPresent();
          default -> false;
        };
    if (tagged) {
      return Optional.of(
          "Tags such as '!name' have no meaning here; quote text that begins with '!'");
    }
    if (event instanceof AliasEvent) {
      return Optional.of("Aliases such as '*name' have no meaning here; write it out");
    }
    if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
      return Optional.of("Anchors such as '&name' have no meaning here");
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
