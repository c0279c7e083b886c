package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.VersionId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code If-Match} and {@code If-None-Match} (RFC 9110, 13.1). An entity tag is a version id.
 *
 * @param ifMatch empty list for none given; {@code *} stands for any version
 */
record Preconditions(Optional<List<String>> ifMatch, Optional<List<String>> ifNoneMatch) {
  static final Preconditions NONE = new Preconditions(Optional.empty(), Optional.empty());
  private static final String ANY = "*";

  static Preconditions parse(Optional<String> ifMatch, Optional<String> ifNoneMatch) {
    return new Preconditions(
        ifMatch.map(text -> tags("If-Match", text)),
        ifNoneMatch.map(text -> tags("If-None-Match", text)));
  }

  boolean isNone() {
    return ifMatch.isEmpty() && ifNoneMatch.isEmpty();
  }

  private static List<String> tags(String header, String text) {
    if (text.strip().equals(ANY)) {
      return List.of(ANY);
    }
    return Arrays.stream(text.split(",")).map(tag -> tag(header, tag.strip())).toList();
  }

  private static String tag(String header, String text) {
    String tag = text.startsWith("W/") ? text.substring(2) : text;
    if (tag.length() < 2 || !tag.startsWith("\"") || !tag.endsWith("\"")) {
      throw Problems.badHeader(
          header + " is '" + text + "': it takes * or quoted version ids, separated by commas.");
    }
    return tag.substring(1, tag.length() - 1);
  }

  /**
   * @throws dev.holdfast.node.http.ProblemException 412
   */
  void check(Optional<HeadRecord> head) {
    checkMatch(head);
    Optional<VersionId> current = current(head);
    if (ifNoneMatch.isPresent() && matches(ifNoneMatch.get(), current)) {
      throw Problems.preconditionFailed("If-None-Match: the object is at " + current.get() + ".");
    }
  }

  void checkMatch(Optional<HeadRecord> head) {
    Optional<VersionId> current = current(head);
    if (ifMatch.isPresent() && !matches(ifMatch.get(), current)) {
      throw Problems.preconditionFailed(
          current
              .map(id -> "If-Match: the object is at " + id + ".")
              .orElse("If-Match: there is no such object."));
    }
  }

  /** For a read: 304. */
  boolean isNotModified(HeadRecord head) {
    return ifNoneMatch.isPresent() && matches(ifNoneMatch.get(), Optional.of(head.version()));
  }

  private static Optional<VersionId> current(Optional<HeadRecord> head) {
    return head.filter(found -> !found.deleted()).map(HeadRecord::version);
  }

  private static boolean matches(List<String> tags, Optional<VersionId> current) {
    return current.isPresent() && (tags.contains(ANY) || tags.contains(current.get().value()));
  }
}
