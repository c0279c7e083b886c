package dev.holdfast.node.object;

import dev.holdfast.node.http.EntityTags;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.HttpDate;
import dev.holdfast.node.object.Preconditions.Heads;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The conditions of one request, in the order of RFC 9110 §13.2.2. A date is in whole seconds, so
 * it counts only where no tag is given, and a range never trusts one.
 *
 * @param tags {@code If-Match} and {@code If-None-Match}
 * @param unmodifiedSince empty beside {@code If-Match}
 * @param modifiedSince empty beside {@code If-None-Match}
 */
record RequestConditions(
    Preconditions tags, Optional<Instant> unmodifiedSince, Optional<Instant> modifiedSince) {

  static RequestConditions of(Exchange exchange, Instant now) {
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

  /**
   * For GET and HEAD.
   *
   * @return whether the client has this version already: 304
   * @throws dev.holdfast.node.http.ProblemException 412
   */
  boolean isNotModified(ObjectService.Found found) {
    tags.checkMatch(Optional.of(found.head()));
    checkUnmodified(found);
    return tags.noneMatch().isPresent()
        ? tags.isNotModified(found.head())
        : modifiedSince.filter(since -> !isNewer(found, since)).isPresent();
  }

  /**
   * For a write, which has to hold at the moment of its commit: a date becomes the version that was
   * the newest then.
   *
   * @param now the version that is there, if any: asked only when a date is given
   */
  Preconditions ofWrite(Supplier<Optional<ObjectService.Found>> now) {
    if (unmodifiedSince.isEmpty()) {
      return tags;
    }
    Optional<ObjectService.Found> found = now.get();
    found.ifPresent(this::checkUnmodified);
    // What does not exist has no date, and the header counts for nothing then.
    return new Preconditions(found.map(one -> Heads.of(one.id())), tags.noneMatch());
  }

  private void checkUnmodified(ObjectService.Found found) {
    if (unmodifiedSince.filter(since -> isNewer(found, since)).isPresent()) {
      throw ObjectProblems.preconditionFailed(
          "If-Unmodified-Since: the object is at " + found.id() + ", which is newer.");
    }
  }

  private static boolean isNewer(ObjectService.Found found, Instant since) {
    return found.version().writtenAtMillis() / 1_000 > since.getEpochSecond();
  }

  /** A range is for the version that If-Range names; else everything is sent. */
  static Optional<String> range(Exchange exchange, ObjectService.Found found) {
    String tag = '"' + found.id().value() + '"';
    Optional<String> ifRange = exchange.header("If-Range");
    return ifRange.isPresent() && !ifRange.get().equals(tag)
        ? Optional.empty()
        : exchange.header("Range");
  }
}
