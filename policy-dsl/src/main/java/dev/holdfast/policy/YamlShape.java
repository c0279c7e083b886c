// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.NearestWord;
import dev.holdfast.yaml.StrictYaml;
import dev.holdfast.yaml.StrictYaml.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Maps, lists and texts of a document: what is not as it should be becomes a problem. */
final class YamlShape {
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

  private final StrictYaml yaml;
  private final Problems problems;

  YamlShape(StrictYaml yaml, Problems problems) {
    this.yaml = yaml;
    this.problems = problems;
  }

  /** The known fields of a map, by name. */
  Map<String, Field> section(Node node, String what, Set<String> known) {
    Map<String, Field> fields = new LinkedHashMap<>();
    for (Field field : entries(node, what)) {
      if (known.contains(field.name())) {
        fields.put(field.name(), field);
      } else {
        problems.add(
            field.key(),
            Code.DS003,
            "%s has no key '%s'".formatted(what, field.name()),
            didYouMean(field.name(), known));
      }
    }
    return fields;
  }

  /** Of a map with names of the author's own. */
  List<Field> named(Node node, String what) {
    List<Field> named = new ArrayList<>();
    for (Field field : entries(node, what)) {
      if (NAME.matcher(field.name()).matches()) {
        named.add(field);
      } else {
        problems.add(
            field.key(),
            Code.DS007,
            "'%s' is no name".formatted(shown(field.name())),
            field.name().contains(")")
                ? "between '{' and '}' a text with a comma must be quoted"
                : "a name begins with a letter, and has at most 64 of A-Z a-z 0-9 _ -");
      }
    }
    return named;
  }

  private List<Field> entries(Node node, String what) {
    if (node instanceof MappingNode map) {
      return yaml.fields(map);
    }
    problems.add(node, Code.DS005, "%s is a map, and this is %s".formatted(what, kind(node)));
    return List.of();
  }

  List<Node> list(Node node, String what) {
    if (node instanceof SequenceNode list) {
      return list.getValue();
    }
    problems.add(node, Code.DS005, "%s is a list, and this is %s".formatted(what, kind(node)));
    return List.of();
  }

  /** A list of texts, for which one text may stand. */
  List<ScalarNode> texts(Node node, String what) {
    if (node instanceof ScalarNode one) {
      return text(one, what).stream().toList();
    }
    return list(node, what).stream().flatMap(n -> text(n, "an entry of " + what).stream()).toList();
  }

  Optional<ScalarNode> text(Node node, String what) {
    if (node instanceof ScalarNode scalar && !isNull(scalar)) {
      return Optional.of(scalar);
    }
    String trap =
        node instanceof MappingNode
            ? "an expression with '{', ': ' or ',' in it must be quoted"
            : "";
    problems.add(
        node, Code.DS005, "%s is a text, and this is %s".formatted(what, kind(node)), help(trap));
    return Optional.empty();
  }

  /** One of some words. */
  Optional<String> word(Field field, Set<String> known) {
    Optional<ScalarNode> text = text(field.value(), "'" + field.name() + "'");
    if (text.isPresent() && !known.contains(text.get().getValue())) {
      String value = text.get().getValue();
      problems.add(
          text.get(),
          Code.DS006,
          "'%s' cannot be '%s'".formatted(field.name(), shown(value)),
          didYouMean(value, known));
      return Optional.empty();
    }
    return text.map(ScalarNode::getValue);
  }

  boolean flag(Optional<Field> field) {
    return field.flatMap(f -> word(f, Set.of("true", "false"))).map("true"::equals).orElse(false);
  }

  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
  }

  static String didYouMean(String word, Collection<String> known) {
    String all =
        "there " + (known.size() == 1 ? "is " : "are ") + String.join(", ", new TreeSet<>(known));
    return NearestWord.to(word, known)
        .map(near -> "did you mean '%s'?  %s".formatted(near, all))
        .orElse(known.isEmpty() ? "there are none" : all);
  }

  static String shown(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  private static String[] help(String help) {
    return help.isEmpty() ? new String[0] : new String[] {help};
  }

  private static String kind(Node node) {
    return switch (node) {
      case MappingNode _ -> "a map";
      case SequenceNode _ -> "a list";
      default -> isNull(node) ? "nothing" : "a text";
    };
  }
}
