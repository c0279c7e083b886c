// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineTest.Act;
import dev.holdfast.policy.MachineTest.Ask;
import dev.holdfast.policy.MachineTest.Compensate;
import dev.holdfast.policy.MachineTest.Expectation;
import dev.holdfast.policy.MachineTest.Given;
import dev.holdfast.policy.MachineTest.Step;
import dev.holdfast.policy.MachineTest.Wait;
import dev.holdfast.policy.Problems.Place;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.yaml.StrictYaml.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads {@code tests:} of a machine whose schema is known. */
final class TestReader {
  static final Set<String> TEST_KEYS =
      Set.of("test", "given", "when", "pick", "args", "wait", "compensate", "then", "steps");
  static final Set<String> STEP_KEYS = Set.of("when", "pick", "args", "wait", "compensate", "then");
  static final Set<String> GIVEN_KEYS = Set.of("state", "data");
  static final Set<String> THEN_KEYS =
      Set.of("state", "data", "version", "error", "message", "reply");

  private final YamlShape shape;
  private final Problems problems;
  private final MachineSchema schema;
  private final Map<String, DataField> fields;

  TestReader(YamlShape shape, Problems problems, MachineSchema schema) {
    this.shape = shape;
    this.problems = problems;
    this.schema = schema;
    this.fields = schema.data();
  }

  List<MachineTest> read(List<Node> tests) {
    return tests.stream().flatMap(test -> test(test).stream()).toList();
  }

  private Optional<MachineTest> test(Node node) {
    Map<String, Field> keys = shape.section(node, "a test", TEST_KEYS);
    Optional<String> name = text(keys.get("test"));
    if (name.isEmpty()) {
      problems.add(node, Code.SM360, "a test needs a name", "write 'test: what it shows'");
      return Optional.empty();
    }
    List<Step> steps = new ArrayList<>();
    Field list = keys.get("steps");
    if (list != null) {
      shape.list(list.value(), "'steps'").forEach(n -> step(n, steps));
    } else {
      act(node, keys).ifPresent(act -> steps.add(step(node, act, keys)));
    }
    Optional<Given> given = Optional.ofNullable(keys.get("given")).flatMap(this::given);
    return Optional.of(new MachineTest(name.get(), Place.of(node).line(), given, steps));
  }

  private void step(Node node, List<Step> steps) {
    Map<String, Field> keys = shape.section(node, "a step", STEP_KEYS);
    act(node, keys).ifPresent(act -> steps.add(step(node, act, keys)));
  }

  private Step step(Node node, Act act, Map<String, Field> keys) {
    return new Step(Place.of(node).line(), act, expectation(keys.get("then")));
  }

  private Optional<Act> act(Node node, Map<String, Field> keys) {
    Field wait = keys.get("wait");
    Optional<String> event = text(keys.get("when"));
    if (wait != null) {
      return span(wait).map(Wait::new);
    }
    if (keys.containsKey("compensate")) {
      return Optional.of(new Compensate());
    }
    if (event.isEmpty()) {
      problems.add(node, Code.SM360, "a step needs 'when', 'wait' or 'compensate'");
      return Optional.empty();
    }
    Set<String> events = new TreeSet<>();
    schema.transitions().values().forEach(t -> events.add(t.event()));
    if (!events.contains(event.get())) {
      problems.add(
          node,
          Code.SM360,
          "no transition is for '%s'".formatted(YamlShape.shown(event.get())),
          YamlShape.didYouMean(event.get(), events));
    }
    return Optional.of(new Ask(event.get(), text(keys.get("pick")), args(event.get(), keys)));
  }

  private Map<String, Object> args(String event, Map<String, Field> keys) {
    Map<String, DataType> types = new LinkedHashMap<>();
    fields.forEach((name, field) -> types.put(name, field.type()));
    schema.transitions().values().stream()
        .filter(move -> move.event().equals(event))
        .forEach(move -> move.args().forEach((name, field) -> types.put(name, field.type())));
    Map<String, Object> args = new LinkedHashMap<>();
    for (Field field : entries(keys.get("args"), "'args'")) {
      args.put(field.name(), RawValue.of(field.value(), types.get(field.name())));
    }
    return args;
  }

  private Optional<Given> given(Field field) {
    Map<String, Field> keys = shape.section(field.value(), "'given'", GIVEN_KEYS);
    Optional<String> state = text(keys.get("state"));
    if (state.isEmpty() || !schema.states().containsKey(state.get())) {
      problems.add(
          field.value(),
          Code.SM360,
          "'given' needs a state",
          YamlShape.didYouMean(state.orElse(""), schema.states().keySet()));
      return Optional.empty();
    }
    Map<String, Object> data = new LinkedHashMap<>();
    fields.forEach((name, f) -> f.initial().ifPresent(value -> data.put(name, value)));
    values(keys.get("data"))
        .forEach((name, value) ->
            value.ifPresentOrElse(v -> data.put(name, v), () -> data.remove(name)));
    return Optional.of(new Given(state.get(), data));
  }

  private Expectation expectation(@Nullable Field then) {
    if (then == null) {
      return new Expectation(
          Optional.empty(),
          Map.of(),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty());
    }
    Map<String, Field> keys = shape.section(then.value(), "'then'", THEN_KEYS);
    Optional<String> state = text(keys.get("state"));
    state
        .filter(s -> !s.equals(MachineSchema.NONE) && !schema.states().containsKey(s))
        .ifPresent(s ->
            problems.add(
                then.value(),
                Code.SM360,
                "there is no state '%s'".formatted(YamlShape.shown(s)),
                YamlShape.didYouMean(s, schema.states().keySet())));
    Field error = keys.get("error");
    List<String> errors =
        error == null
            ? List.of()
            : shape.texts(error.value(), "'error'").stream().map(ScalarNode::getValue).toList();
    return new Expectation(
        state,
        values(keys.get("data")),
        Optional.ofNullable(keys.get("version"))
            .map(f -> RawValue.of(f.value(), null))
            .map(v -> v instanceof Long l ? l : -1L),
        errors,
        text(keys.get("message")),
        Optional.ofNullable(keys.get("reply")).map(f -> RawValue.of(f.value(), null)));
  }

  /** Fields of the data with values of their types, empty for null. */
  private Map<String, Optional<Object>> values(@Nullable Field section) {
    Map<String, Optional<Object>> values = new LinkedHashMap<>();
    for (Field entry : entries(section, "'data'")) {
      DataField field = fields.get(entry.name());
      if (field == null) {
        problems.add(
            entry.key(),
            Code.SM360,
            "there is no field '%s'".formatted(entry.name()),
            YamlShape.didYouMean(entry.name(), fields.keySet()));
      } else if (YamlShape.isNull(entry.value())) {
        values.put(entry.name(), Optional.empty());
      } else {
        typed(entry, field).ifPresent(value -> values.put(entry.name(), Optional.of(value)));
      }
    }
    return values;
  }

  private Optional<Object> typed(Field entry, DataField field) {
    try {
      return Optional.of(field.type().read(RawValue.of(entry.value(), field.type())));
    } catch (IllegalArgumentException e) {
      problems.add(entry.value(), Code.SM360, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<Duration> span(Field field) {
    try {
      return text(field).map(t -> (Duration) new DataType.Span().read(t));
    } catch (IllegalArgumentException e) {
      problems.add(field.value(), Code.SM360, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private List<Field> entries(@Nullable Field section, String what) {
    return section == null ? List.of() : shape.named(section.value(), what);
  }

  private Optional<String> text(@Nullable Field field) {
    return field == null
        ? Optional.empty()
        : shape.text(field.value(), "'" + field.name() + "'").map(ScalarNode::getValue);
  }
}
