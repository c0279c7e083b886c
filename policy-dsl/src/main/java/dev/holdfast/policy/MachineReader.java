// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.ExistingText;
import dev.holdfast.policy.MachineText.FieldText;
import dev.holdfast.policy.MachineText.StateText;
import dev.holdfast.policy.MachineText.TargetText;
import dev.holdfast.policy.MachineText.TimerText;
import dev.holdfast.policy.MachineText.TransitionText;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineSchema.Mode;
import dev.holdfast.spi.machine.Trigger;
import dev.holdfast.yaml.StrictYaml.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the shape of a {@code machine:} document. */
final class MachineReader {
  static final Set<String> KEYS =
      Set.of(
          "machine",
          "format",
          "mode",
          "journal",
          "data",
          "initial",
          "rules",
          "states",
          "transitions",
          "tests");
  static final Set<String> STATE_KEYS =
      Set.of("label", "final", "need", "require", "timers", "purge");
  static final Set<String> TIMER_KEYS = Set.of("idle", "after", "at", "fire");
  static final Set<String> TRANSITION_KEYS =
      Set.of(
          "label",
          "event",
          "by",
          "from",
          "to",
          "args",
          "accept",
          "require",
          "set",
          "ifExists",
          "undo",
          "onFail");
  static final Set<String> EXISTING_KEYS = Set.of("error", "reply");

  private static final Map<String, Mode> MODES =
      Map.of(
          "deterministic", Mode.DETERMINISTIC,
          "first-match", Mode.FIRST_MATCH,
          "client-picks", Mode.CLIENT_PICKS);
  private static final Map<String, Trigger> TRIGGERS =
      Map.of(
          "client", Trigger.CLIENT,
          "timer", Trigger.TIMER,
          "compensation", Trigger.COMPENSATION);

  private static final int RULES_MAX = 100;

  private final YamlShape shape;
  private final Problems problems;
  private final ConditionReader conditions;

  MachineReader(YamlShape shape, Problems problems) {
    this.shape = shape;
    this.problems = problems;
    this.conditions = new ConditionReader(shape, problems);
  }

  /** Empty when what every machine has is missing. */
  Optional<MachineText> read(Node root) {
    Map<String, Field> keys = shape.section(root, "a machine", KEYS);
    Optional<ScalarNode> name = optional(keys.get("machine"), "'machine'");
    checkFormat(root, keys);
    for (String key : List.of("states", "transitions")) {
      if (!keys.containsKey(key)) {
        problems.add(root, Code.DS004, "a machine needs '%s'".formatted(key));
      }
    }
    if (name.isEmpty() || !keys.containsKey("states") || !keys.containsKey("transitions")) {
      return Optional.empty();
    }
    return Optional.of(
        new MachineText(
            name.get(),
            choice(keys, "mode", MODES, Mode.DETERMINISTIC),
            choice(keys, "journal", Map.of("keep", true, "drop", false), false),
            fields(keys.get("data"), "'data'", MachineSchema.FIELDS_MAX),
            optional(keys.get("initial"), "'initial'"),
            present(entries(keys.get("rules"), "'rules'", RULES_MAX, conditions::read)),
            entries(keys.get("states"), "'states'", MachineSchema.STATES_MAX, this::state),
            entries(
                keys.get("transitions"),
                "'transitions'",
                MachineSchema.TRANSITIONS_MAX,
                this::transition),
            list(keys.get("tests"), "'tests'")));
  }

  private void checkFormat(Node root, Map<String, Field> keys) {
    Field format = keys.get("format");
    if (format == null) {
      problems.add(root, Code.DS004, "a document needs 'format'", "write 'format: 1'");
    } else {
      shape.word(format, Set.of("1"));
    }
  }

  private StateText state(Field field) {
    Map<String, Field> keys = shape.section(field.value(), "a state", STATE_KEYS);
    return new StateText(
        field.key(),
        optional(keys.get("label"), "'label'").map(ScalarNode::getValue),
        shape.flag(Optional.ofNullable(keys.get("final"))),
        texts(keys.get("need"), "'need'"),
        conditions.list(Optional.ofNullable(keys.get("require"))),
        list(keys.get("timers"), "'timers'").stream().flatMap(n -> timer(n).stream()).toList(),
        span(keys.get("purge")));
  }

  private Optional<TimerText> timer(Node node) {
    Map<String, Field> keys = shape.section(node, "a timer", TIMER_KEYS);
    Optional<ScalarNode> fire = optional(keys.get("fire"), "'fire'");
    long kinds = keys.keySet().stream().filter(key -> !key.equals("fire")).count();
    if (fire.isEmpty() || kinds != 1) {
      problems.add(node, Code.DS004, "a timer needs 'fire' and one of 'idle', 'after' and 'at'");
      return Optional.empty();
    }
    Optional<Duration> span = span(keys.getOrDefault("idle", keys.get("after")));
    Optional<ScalarNode> moment = optional(keys.get("at"), "'at'");
    if (span.isEmpty() && moment.isEmpty()) {
      return Optional.empty(); // Reported by then.
    }
    return Optional.of(new TimerText(node, keys.containsKey("idle"), span, moment, fire.get()));
  }

  private TransitionText transition(Field field) {
    Map<String, Field> keys = shape.section(field.value(), "a transition", TRANSITION_KEYS);
    List<ScalarNode> from = texts(required(field, keys, "from"), "'from'");
    boolean creates = from.size() == 1 && from.get(0).getValue().equals(MachineSchema.NONE);
    Field to = required(field, keys, "to");
    return new TransitionText(
        field.key(),
        optional(keys.get("label"), "'label'").map(ScalarNode::getValue),
        optional(keys.get("event"), "'event'").map(ScalarNode::getValue).orElse(field.name()),
        choice(keys, "by", TRIGGERS, Trigger.CLIENT),
        creates,
        creates ? List.of() : from,
        to == null ? List.of() : targets(to.value()),
        fields(keys.get("args"), "'args'", MachineSchema.FIELDS_MAX),
        texts(keys.get("accept"), "'accept'"),
        conditions.list(Optional.ofNullable(keys.get("require"))),
        changes(keys.get("set")),
        Optional.ofNullable(keys.get("ifExists")).map(this::existing),
        optional(keys.get("undo"), "'undo'"),
        choice(keys, "onFail", Map.of("compensate", true), false));
  }

  private @Nullable Field required(Field owner, Map<String, Field> keys, String key) {
    Field field = keys.get(key);
    if (field == null) {
      problems.add(owner.key(), Code.DS004, "'%s' needs '%s'".formatted(owner.name(), key));
    }
    return field;
  }

  private List<TargetText> targets(Node node) {
    if (!(node instanceof SequenceNode list)) {
      return shape.text(node, "'to'").map(s -> new TargetText(s, Optional.empty())).stream()
          .toList();
    }
    List<TargetText> targets = new ArrayList<>();
    for (Node entry : list.getValue()) {
      for (Field target : shape.named(entry, "an entry of 'to'")) {
        shape
            .text(target.value(), "a guard")
            .map(guard -> Optional.of(guard).filter(g -> !g.getValue().equals("otherwise")))
            .ifPresent(guard -> targets.add(new TargetText(target.key(), guard)));
      }
    }
    return targets;
  }

  private Map<ScalarNode, Node> changes(@Nullable Field set) {
    Map<ScalarNode, Node> changes = new LinkedHashMap<>();
    if (set != null) {
      for (Field change : shape.named(set.value(), "'set'")) {
        if (YamlShape.isNull(change.value())
            || shape.text(change.value(), "a new value").isPresent()) {
          changes.put(change.key(), change.value());
        }
      }
    }
    return changes;
  }

  private ExistingText existing(Field field) {
    Map<String, Field> keys = shape.section(field.value(), "'ifExists'", EXISTING_KEYS);
    Field error = required(field, keys, "error");
    return new ExistingText(
        optional(error, "'error'").map(ScalarNode::getValue).orElse(""),
        optional(keys.get("reply"), "'reply'"));
  }

  private Map<String, FieldText> fields(@Nullable Field section, String what, int max) {
    return present(
        entries(
            section,
            what,
            max,
            field ->
                shape.text(field.value(), "a type").map(type -> new FieldText(field.key(), type))));
  }

  private static <T> Map<String, T> present(Map<String, Optional<T>> entries) {
    Map<String, T> present = new LinkedHashMap<>();
    entries.forEach((name, entry) -> entry.ifPresent(value -> present.put(name, value)));
    return present;
  }

  private <T> Map<String, T> entries(
      @Nullable Field section, String what, int max, Function<Field, T> read) {
    Map<String, T> entries = new LinkedHashMap<>();
    if (section == null) {
      return entries;
    }
    List<Field> named = shape.named(section.value(), what);
    if (named.size() > max) {
      problems.add(
          section.key(),
          Code.DS010,
          "%s has %d entries, at most %d fit".formatted(what, named.size(), max));
    }
    named.stream().limit(max).forEach(field -> entries.put(field.name(), read.apply(field)));
    return entries;
  }

  private <T> T choice(Map<String, Field> keys, String key, Map<String, T> words, T otherwise) {
    Field field = keys.get(key);
    if (field == null) {
      return otherwise;
    }
    return shape.word(field, words.keySet()).map(word -> known(words, word)).orElse(otherwise);
  }

  private static <T> T known(Map<String, T> words, String word) {
    return Objects.requireNonNull(words.get(word));
  }

  private Optional<Duration> span(@Nullable Field field) {
    if (field == null) {
      return Optional.empty();
    }
    Optional<ScalarNode> text = shape.text(field.value(), "'" + field.name() + "'");
    try {
      return text.map(t -> (Duration) new DataType.Span().read(t.getValue()))
          .filter(span -> !span.isNegative());
    } catch (IllegalArgumentException e) {
      problems.add(field.value(), Code.DS006, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<ScalarNode> optional(@Nullable Field field, String what) {
    return field == null ? Optional.empty() : shape.text(field.value(), what);
  }

  private List<ScalarNode> texts(@Nullable Field field, String what) {
    return field == null ? List.of() : shape.texts(field.value(), what);
  }

  private List<Node> list(@Nullable Field field, String what) {
    return field == null ? List.of() : shape.list(field.value(), what);
  }
}
