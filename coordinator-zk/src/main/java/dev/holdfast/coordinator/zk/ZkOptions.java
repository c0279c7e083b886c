package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.NearestWord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of this backend. Durations are written {@code 300ms}, {@code 3s}, {@code 2m}, sizes
 * {@code 64KiB}, {@code 4MiB}.
 *
 * @param connect (needed) {@code host:port} of each server, with commas between
 * @param chroot ({@code /holdfast/CLUSTER}) the znode below which this cluster keeps everything
 * @param sessionTimeout (10s) asked for; the servers grant 2 to 20 of their ticks. Also the TTL of
 *     the node's lease
 * @param connectionTimeout (5s) until another server is tried
 * @param juteMaxBuffer (1MiB) {@code jute.maxbuffer} of the servers, which limits a transaction
 */
record ZkOptions(
    String connect,
    String chroot,
    Duration sessionTimeout,
    Duration connectionTimeout,
    int juteMaxBuffer) {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,4})(KiB|MiB)");
  private static final Pattern SERVERS =
      Pattern.compile("[^,/\\s]+:[0-9]{1,5}(,[^,/\\s]+:[0-9]{1,5})*");
  private static final Pattern CHROOT = Pattern.compile("(/[A-Za-z0-9_.-]+)+");

  static ZkOptions parse(Map<String, String> given, String clusterId) {
    Map<String, String> rest = new LinkedHashMap<>(given);
    List<String> errors = new ArrayList<>();
    Parser parser = new Parser(rest, errors);
    ZkOptions options =
        new ZkOptions(
            parser.text("connect", "", SERVERS, "host:port, with commas between several"),
            parser.text("chroot", "/holdfast/" + clusterId, CHROOT, "a path such as /holdfast/one"),
            parser.duration("sessionTimeout", "10s"),
            parser.duration("connectionTimeout", "5s"),
            parser.size("juteMaxBuffer", "1MiB"));
    if (options.sessionTimeout.toMillis() < 200) {
      errors.add("sessionTimeout is below 200ms");
    }
    if (options.juteMaxBuffer < 64 << 10) {
      errors.add("juteMaxBuffer is below 64KiB");
    }
    for (String unknown : rest.keySet()) {
      errors.add(
          "there is no option "
              + unknown
              + NearestWord.to(unknown, parser.known)
                  .map(word -> "; did you mean " + word + "?")
                  .orElse("; known are " + String.join(", ", parser.known)));
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException("zookeeper: " + String.join("; ", errors));
    }
    return options;
  }

  List<String> servers() {
    return List.of(connect.split(","));
  }

  /** Collects every error, so that an operator corrects the file once. */
  private static final class Parser {
    private final Map<String, String> rest;
    private final List<String> errors;
    private final List<String> known = new ArrayList<>();

    Parser(Map<String, String> rest, List<String> errors) {
      this.rest = rest;
      this.errors = errors;
    }

    String text(String key, String standard, Pattern pattern, String wanted) {
      known.add(key);
      String given = rest.remove(key);
      String text = given == null ? standard : given.strip();
      if (!pattern.matcher(text).matches()) {
        errors.add(
            text.isEmpty()
                ? key + " is needed: " + wanted
                : key + " is \"" + text + "\", not " + wanted);
      }
      return text;
    }

    Duration duration(String key, String standard) {
      Matcher matcher = match(key, standard, DURATION, "a duration such as 300ms, 10s or 2m");
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        default -> Duration.ofMinutes(amount);
      };
    }

    int size(String key, String standard) {
      Matcher matcher = match(key, standard, SIZE, "a size such as 1MiB");
      int shift = matcher.group(2).equals("KiB") ? 10 : 20;
      long bytes = Long.parseLong(matcher.group(1)) << shift;
      return (int) Math.min(bytes, 1 << 30);
    }

    private Matcher match(String key, String standard, Pattern pattern, String wanted) {
      int before = errors.size();
      String text = text(key, standard, pattern, wanted);
      Matcher matcher = pattern.matcher(errors.size() == before ? text : standard);
      if (!matcher.matches()) {
        throw new IllegalStateException(standard + " is the default of " + key);
      }
      return matcher;
    }
  }
}
