// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.core.version.WriteTerms.Consistency;
import dev.holdfast.core.version.WriteTerms.Durability;
import dev.holdfast.node.http.EntityTags;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.HttpDate;
import dev.holdfast.node.object.Preconditions.Heads;
import dev.holdfast.protocol.HeaderText;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What a client may say about objects: reads the path, the query and the headers of a request. */
final class ObjectInput {
  private static final String META = "holdfast-meta-";
  private static final int META_COUNT_MAX = 64;
  private static final int META_BYTES_MAX = 8 << 10;
  private static final int CONTENT_TYPE_MAX = 255;
  private static final int LIST_LIMIT_MAX = 1_000;
  private static final Pattern META_NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-fA-F]{64}");

  private ObjectInput() {}

  static ObjectKey key(Exchange exchange) {
    return key(exchange.path("key"));
  }

  static ObjectKey key(String text) {
    try {
      return new ObjectKey(text);
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badKey(String.valueOf(e.getMessage()));
    }
  }

  static Optional<WriteId> writeId(Exchange exchange) {
    String seen = exchange.header(WireHeaders.SEEN).orElse("0");
    if (!seen.matches("[0-9]{1,18}")) {
      throw ObjectProblems.badHeader(
          WireHeaders.SEEN + " is '" + seen + "': it takes a revision that a node has answered.");
    }
    return exchange
        .header(WireHeaders.REQUEST)
        .map(id -> {
          if (!WireHeaders.isRequestId(id)) {
            throw ObjectProblems.badHeader(
                WireHeaders.REQUEST + " takes 1 to 64 of A-Z a-z 0-9 _ -, not '" + id + "'.");
          }
          return new WriteId(id, Long.parseLong(seen));
        });
  }

  static ObjectLister.Query query(Exchange exchange) {
    return new ObjectLister.Query(
        exchange.query("prefix").orElse(""),
        exchange.query("delimiter").orElse(""),
        exchange.query("after").orElse(""),
        limit(exchange, LIST_LIMIT_MAX));
  }

  static int limit(Exchange exchange, int maximum) {
    String text = exchange.query("limit").orElse(Integer.toString(maximum));
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > maximum) {
      throw ObjectProblems.badQuery("limit is '" + text + "': it takes 1 to " + maximum + ".");
    }
    return Integer.parseInt(text);
  }

  /**
   * @param now decides what century a date of two digits means
   */
  static RequestConditions conditions(Exchange exchange, Instant now) {
    Optional<EntityTags> match = tags(exchange, "If-Match");
    Optional<EntityTags> noneMatch = tags(exchange, "If-None-Match");
    return new RequestConditions(
        new Preconditions(
            match.map(tags -> new Heads(tags.any(), tags.strong())),
            noneMatch.map(tags -> new Heads(tags.any(), tags.all()))),
        match.isPresent() ? Optional.empty() : date(exchange, "If-Unmodified-Since", now),
        noneMatch.isPresent() ? Optional.empty() : date(exchange, "If-Modified-Since", now));
  }

  private static Optional<EntityTags> tags(Exchange exchange, String header) {
    return exchange.listHeader(header).map(value -> EntityTags.parse(header, value));
  }

  private static Optional<Instant> date(Exchange exchange, String header, Instant now) {
    return exchange.header(header).flatMap(text -> HttpDate.parse(text, now));
  }

  /** A range is for the version that If-Range names; else everything is sent. */
  static ByteRange.Asked range(Exchange exchange, ObjectService.Found found) {
    String tag = '"' + found.id().value() + '"';
    Optional<String> ifRange = exchange.header("If-Range");
    Optional<String> range =
        ifRange.isPresent() && !ifRange.get().equals(tag)
            ? Optional.empty()
            : exchange.header("Range");
    return ByteRange.parse(range, found.version().sizeBytes());
  }

  /**
   * @param what the parameter that names it
   */
  static VersionId versionId(String what, String text) {
    try {
      return new VersionId(text);
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badQuery(
          what + " is '" + text + "': it takes a version, 64 digits of lower-case hex.");
    }
  }

  static ReadMode readMode(Exchange exchange) {
    return choice(
        exchange, "read", ReadMode.PREFERRED, List.of(ReadMode.values()), ReadMode::label);
  }

  static boolean isMermaid(Exchange exchange) {
    return choice(exchange, "format", "json", List.of("json", "mermaid"), text -> text)
        .equals("mermaid");
  }

  /** What a writer wants to be reached before the answer. */
  static WriteTerms terms(Exchange exchange) {
    Durability durability =
        choice(
            exchange,
            "durability",
            Durability.MAJORITY,
            List.of(Durability.values()),
            one -> one.name().toLowerCase(Locale.ROOT));
    Consistency consistency =
        choice(
            exchange,
            "consistency",
            Consistency.AUTO,
            List.of(Consistency.values()),
            one -> one.name().toLowerCase(Locale.ROOT));
    try {
      return new WriteTerms(durability, consistency, parents(exchange));
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badQuery(e.getMessage() + ".");
    }
  }

  private static SortedSet<VersionId> parents(Exchange exchange) {
    SortedSet<VersionId> parents = new TreeSet<>();
    for (String text : exchange.listHeader(ObjectBodies.PARENTS_HEADER).orElse("").split(",")) {
      String id = text.strip().replace("\"", "");
      if (!id.isEmpty()) {
        try {
          parents.add(new VersionId(id));
        } catch (IllegalArgumentException e) {
          throw ObjectProblems.badHeader(
              ObjectBodies.PARENTS_HEADER
                  + " takes versions with commas between, not '"
                  + id
                  + "'.");
        }
      }
    }
    return parents;
  }

  private static <T> T choice(
      Exchange exchange, String name, T usual, List<T> choices, Function<T, String> label) {
    Optional<String> text = exchange.query(name);
    if (text.isEmpty()) {
      return usual;
    }
    return choices.stream()
        .filter(one -> label.apply(one).equals(text.get()))
        .findFirst()
        .orElseThrow(() ->
            ObjectProblems.badQuery(
                "%s is '%s': it takes %s."
                    .formatted(
                        name,
                        text.get(),
                        String.join(", ", choices.stream().map(label).toList()))));
  }

  /** In lower case. */
  static Optional<String> sha256(Exchange exchange) {
    return exchange.header(ObjectBodies.SHA256_HEADER).map(ObjectInput::checksum);
  }

  private static String checksum(String text) {
    if (!SHA_256.matcher(text).matches()) {
      throw ObjectProblems.badHeader("Holdfast-Sha256 takes 64 hex digits, not '" + text + "'.");
    }
    return text.toLowerCase(Locale.ROOT);
  }

  static String contentType(Exchange exchange) {
    String type = exchange.header("Content-Type").orElse("");
    if (type.length() > CONTENT_TYPE_MAX || hasControls(type) || !isAscii(type)) {
      throw ObjectProblems.badHeader(
          "Content-Type has at most " + CONTENT_TYPE_MAX + " characters, all of ASCII.");
    }
    return type;
  }

  static SortedMap<String, String> metadata(Exchange exchange) {
    SortedMap<String, String> metadata = new TreeMap<>();
    int sizeBytes = 0;
    for (String header : exchange.headerNames()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (!lower.startsWith(META)) {
        continue;
      }
      String name = lower.substring(META.length());
      String value = text(name, exchange.header(header).orElse(""));
      if (!META_NAME.matcher(name).matches() || hasControls(value)) {
        throw ObjectProblems.badHeader(
            "Metadata '" + name + "': a name has 1 to 64 of a-z 0-9 . _ -, a value no controls.");
      }
      metadata.put(name, value);
      sizeBytes += name.length() + value.getBytes(StandardCharsets.UTF_8).length;
    }
    if (metadata.size() > META_COUNT_MAX || sizeBytes > META_BYTES_MAX) {
      throw ObjectProblems.badHeader(
          "An object has at most %d metadata headers of %d bytes together."
              .formatted(META_COUNT_MAX, META_BYTES_MAX));
    }
    ContentCoding.add(metadata, contentCoding(exchange));
    return metadata;
  }

  private static Optional<String> contentCoding(Exchange exchange) {
    try {
      return ContentCoding.parse(exchange.listHeader("Content-Encoding"));
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badHeader(String.valueOf(e.getMessage()));
    }
  }

  private static String text(String name, String header) {
    try {
      return HeaderText.decode(header);
    } catch (IllegalArgumentException e) {
      throw ObjectProblems.badHeader(
          "Metadata '" + name + "': a value is UTF-8, as it is or as RFC 8187 has it.");
    }
  }

  private static boolean hasControls(String text) {
    return text.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }
}
