// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.yaml.StrictYaml;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Compiles files of policies. Stateless, thread-safe, and without I/O. */
public final class PolicyCompiler {
  /** The kinds of documents, by their first keys. */
  static final Set<String> KINDS = Set.of("machine");

  private PolicyCompiler() {}

  /**
   * What became of a file.
   *
   * @param machines those without errors
   * @param problems in the order of the file
   */
  public record Compilation(List<CompiledMachine> machines, List<Problem> problems) {
    public Compilation {
      machines = List.copyOf(machines);
      problems = List.copyOf(problems);
    }

    public boolean hasErrors() {
      return problems.stream().anyMatch(Problem::isError);
    }
  }

  /**
   * @param file its name, for the problems
   * @param text one document, or several with {@code ---} between them
   */
  public static Compilation compile(String file, String text) {
    Problems problems = new Problems(file);
    StrictYaml yaml = new StrictYaml(file, fault -> add(fault, problems));
    List<CompiledMachine> machines = new ArrayList<>();
    List<Node> documents = yaml.composeAll(text);
    if (documents.isEmpty() && problems.count() == 0) {
      problems.add(1, 1, Code.DS008, "the file has no document", "begin with 'machine: NAME'");
    }
    Set<String> names = new HashSet<>();
    for (Node document : documents) {
      Problems own = new Problems(file);
      int faults = problems.count(); // A key that stands twice is found while the rest is read.
      Optional<CompiledMachine> machine = compile(document, yaml, text, own);
      machine.filter(_ -> problems.count() == faults).ifPresent(machines::add);
      problems.addAll(own);
      reportSecond(document, names, problems);
    }
    return new Compilation(machines, problems.inOrder());
  }

  private static Optional<CompiledMachine> compile(
      Node document, StrictYaml yaml, String text, Problems problems) {
    if (!isMachine(document, problems)) {
      return Optional.empty();
    }
    YamlShape shape = new YamlShape(yaml, problems);
    int before = problems.count();
    Optional<MachineText> read = new MachineReader(shape, problems).read(document);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    MachineText machine = read.get();
    new NameChecks(machine, problems).run();
    boolean shapely = problems.count() == before || !problems.hasErrors();
    Optional<MachineBuilder.Built> built =
        new MachineBuilder(machine, new ScalarPlace(text), problems).build();
    if (shapely) {
      new GraphChecks(machine, problems).run();
    }
    built.ifPresent(b -> new GuardChecks(machine, b, problems).run());
    List<MachineTest> tests =
        built
            .map(b -> new TestReader(shape, problems, b.schema()).read(machine.tests()))
            .orElse(List.of());
    if (problems.hasErrors()) {
      return Optional.empty();
    }
    String canonical = CanonicalForm.of(document);
    return Optional.of(
        new CompiledMachine(
            built.orElseThrow().schema(),
            canonical,
            CanonicalForm.hash(canonical),
            ExpressionTexts.of(machine),
            tests));
  }

  private static boolean isMachine(Node document, Problems problems) {
    if (document instanceof MappingNode map
        && !map.getValue().isEmpty()
        && map.getValue().get(0).getKeyNode() instanceof ScalarNode first) {
      if (KINDS.contains(first.getValue())) {
        return true;
      }
      problems.add(
          first,
          Code.DS008,
          "'%s' is no kind of document".formatted(YamlShape.shown(first.getValue())),
          "the first key names the kind: " + YamlShape.didYouMean(first.getValue(), KINDS));
      return false;
    }
    problems.add(document, Code.DS008, "this is no document", "begin with 'machine: NAME'");
    return false;
  }

  private static void reportSecond(Node document, Set<String> names, Problems problems) {
    if (document instanceof MappingNode map
        && !map.getValue().isEmpty()
        && map.getValue().get(0).getValueNode() instanceof ScalarNode name
        && !names.add(name.getValue())) {
      problems.add(
          name,
          Code.DS007,
          "the file has another machine '%s'".formatted(YamlShape.shown(name.getValue())));
    }
  }

  private static void add(StrictYaml.Fault fault, Problems problems) {
    boolean trap = fault.message().contains("mapping values are not allowed");
    problems.add(
        Math.max(1, fault.line()),
        Math.max(1, fault.column()),
        fault.message().endsWith("stands twice") ? Code.DS002 : Code.DS001,
        decapitalized(fault.message()),
        trap ? new String[] {"a text with ': ' in it must be quoted"} : new String[0]);
  }

  private static String decapitalized(String message) {
    return Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
