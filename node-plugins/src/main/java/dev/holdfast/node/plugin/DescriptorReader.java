// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginDescriptor.ConfigKey;
import dev.holdfast.node.plugin.PluginDescriptor.ConfigType;
import dev.holdfast.yaml.StrictYaml;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads one {@code plugin.yaml}, strictly: unknown and repeated keys are refused, and all problems
 * are told at once, each with line and column.
 */
final class DescriptorReader {
  /** Characters of a plugin.yaml. */
  static final int MAX_CHARACTERS = 64 * 1024;

  static final Pattern ID = Pattern.compile("[a-z0-9-]{1,64}");
  private static final Pattern CLASS_NAME =
      Pattern.compile("[\\p{Alpha}_$][\\w$]*(\\.[\\p{Alpha}_$][\\w$]*)*");
  private static final Pattern CONFIG_NAME = Pattern.compile("[a-z][a-z0-9.-]{0,63}");
  private static final List<String> KEYS =
      List.of("id", "version", "spi", "entry", "java", "required", "config");
  private static final List<String> CONFIG_KEYS = List.of("type", "default", "doc", "required");
  private static final int LOWEST_JAVA = 17;

  private final List<PluginProblem> problems = new ArrayList<>();
  private final StrictYaml file =
      new StrictYaml(PluginDescriptor.FILE, fault -> problems.add(problem(fault)));

  private DescriptorReader() {}

  /**
   * @throws PluginRefusedException with every problem of the file
   */
  static PluginDescriptor read(String yaml) throws PluginRefusedException {
    DescriptorReader reader = new DescriptorReader();
    Optional<PluginDescriptor> descriptor = reader.descriptor(yaml);
    if (descriptor.isEmpty() || !reader.problems.isEmpty()) {
      throw new PluginRefusedException(reader.problems);
    }
    return descriptor.get();
  }

  private Optional<PluginDescriptor> descriptor(String yaml) {
    Optional<Node> root = compose(yaml);
    if (root.isEmpty()) {
      if (problems.isEmpty()) {
        problems.add(PluginProblem.of(PluginDescriptor.FILE, "The file is empty."));
      }
      return Optional.empty();
    }
    Map<String, Node> fields = fields(root.get(), KEYS);
    for (String key : List.of("id", "version", "spi", "entry")) {
      if (!fields.containsKey(key)) {
        problem(root.get(), "'%s' is missing.".formatted(key));
      }
    }
    Optional<String> id =
        text(fields, "id", value -> matching(ID, value, "an id: 1 to 64 of a-z, 0-9 and '-'"));
    Optional<SemanticVersion> version = text(fields, "version", SemanticVersion::parse);
    Optional<SpiRange> spi = text(fields, "spi", SpiRange::parse);
    Optional<String> entry =
        text(fields, "entry", value -> matching(CLASS_NAME, value, "the full name of a class"));
    Optional<Integer> java = text(fields, "java", DescriptorReader::feature);
    Optional<Boolean> required = text(fields, "required", DescriptorReader::bool);
    Map<String, ConfigKey> config = config(fields.get("config"));
    if (id.isEmpty() || version.isEmpty() || spi.isEmpty() || entry.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new PluginDescriptor(
            id.get(),
            version.get(),
            spi.get(),
            entry.get(),
            java.orElse(LOWEST_JAVA),
            required.orElse(false),
            config));
  }

  private Optional<Node> compose(String yaml) {
    if (yaml.length() > MAX_CHARACTERS) {
      problems.add(
          PluginProblem.of(
              PluginDescriptor.FILE,
              "%d characters are more than %d.".formatted(yaml.length(), MAX_CHARACTERS)));
      return Optional.empty();
    }
    return file.compose(yaml);
  }

  private Map<String, ConfigKey> config(@Nullable Node node) {
    Map<String, ConfigKey> config = new LinkedHashMap<>();
    if (node != null) {
      fields(node, null)
          .forEach((name, value) -> {
            if (!CONFIG_NAME.matcher(name).matches()) {
              problem(value, "'%s' is no config key: use a-z, 0-9, '.' and '-'.".formatted(name));
            }
            configKey(value).ifPresent(key -> config.put(name, key));
          });
    }
    return config;
  }

  private Optional<ConfigKey> configKey(Node node) {
    Map<String, Node> fields = fields(node, CONFIG_KEYS);
    for (String key : List.of("type", "doc")) {
      if (!fields.containsKey(key)) {
        problem(node, "'%s' is missing.".formatted(key));
      }
    }
    Optional<ConfigType> type = text(fields, "type", DescriptorReader::type);
    Optional<String> doc = text(fields, "doc", value -> value);
    boolean required = text(fields, "required", DescriptorReader::bool).orElse(false);
    Optional<Object> defaultValue =
        type.flatMap(known -> text(fields, "default", value -> value(known, value)));
    if (required && fields.containsKey("default")) {
      problem(node, "A required key has no default: leave one of the two out.");
    }
    return type.map(known -> new ConfigKey(known, defaultValue, doc.orElse(""), required));
  }

  /** The fields of a mapping by key; null for {@code known} admits every key. */
  private Map<String, Node> fields(Node node, @Nullable List<String> known) {
    Map<String, Node> fields = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      problem(node, "Keys with values are expected here.");
      return fields;
    }
    for (StrictYaml.Field field : file.fields(mapping)) {
      if (known != null && !known.contains(field.name())) {
        problem(
            field.key(), "Unknown key '" + field.name() + "'" + Suggestion.of(field.name(), known));
      } else {
        fields.put(field.name(), field.value());
      }
    }
    return fields;
  }

  private <T> Optional<T> text(Map<String, Node> fields, String key, Function<String, T> parse) {
    Node node = fields.get(key);
    if (node == null) {
      return Optional.empty();
    }
    if (!(node instanceof ScalarNode scalar) || scalar.getTag().equals(Tag.NULL)) {
      problem(node, "'%s' needs one value.".formatted(key));
      return Optional.empty();
    }
    try {
      return Optional.of(parse.apply(scalar.getValue()));
    } catch (IllegalArgumentException e) {
      problem(node, "'%s': %s.".formatted(key, e.getMessage()));
      return Optional.empty();
    }
  }

  private void problem(Node node, String message) {
    file.fault(node, message);
  }

  private static PluginProblem problem(StrictYaml.Fault fault) {
    boolean ended = fault.message().endsWith(".") || fault.message().endsWith("?");
    return new PluginProblem(
        PluginDescriptor.FILE,
        fault.line(),
        fault.column(),
        ended ? fault.message() : fault.message() + ".");
  }

  private static String matching(Pattern pattern, String value, String expected) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException("'" + value + "' is not " + expected);
    }
    return value;
  }

  private static int feature(String value) {
    int feature =
        Integer.parseInt(matching(Pattern.compile("\\d{1,3}"), value, "a Java version, e.g. 25"));
    if (feature < LOWEST_JAVA) {
      throw new IllegalArgumentException(feature + " is below " + LOWEST_JAVA);
    }
    return feature;
  }

  private static boolean bool(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("'" + value + "' is neither true nor false");
    };
  }

  private static ConfigType type(String value) {
    return Arrays.stream(ConfigType.values())
        .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(value))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'" + value + "' is none of string, long, double, boolean"));
  }

  private static Object value(ConfigType type, String value) {
    try {
      return switch (type) {
        case STRING -> value;
        case LONG -> Long.parseLong(value);
        case DOUBLE -> Double.parseDouble(value);
        case BOOLEAN -> bool(value);
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + value + "' is no " + type.name().toLowerCase(Locale.ROOT), e);
    }
  }
}
