// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Judges what a plugin made of two versions. Nothing is corrected in part: what does not fit is
 * declined as a whole, and both versions stay.
 */
final class MergeCheck {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");

  private MergeCheck() {}

  /** On the plugin's thread. */
  static Checked<Outcome> outcome(Request request, @Nullable Outcome answer) {
    return switch (answer) {
      case null -> refused("merge() answered null");
      case Declined(String why) -> new Checked<>(new Declined(Told.clip(why)), Optional.empty());
      case Merged(Bytes bytes, SortedMap<String, String> metadata) -> {
        Map<String, String> copy = new TreeMap<>(metadata);
        Optional<String> complaint = complaint(request, bytes, copy);
        yield complaint
            .map(MergeCheck::refused)
            .orElseGet(
                () -> new Checked<>(new Merged(bytes, new TreeMap<>(copy)), Optional.empty()));
      }
    };
  }

  private static Checked<Outcome> refused(String complaint) {
    return new Checked<>(
        new Declined("The policy answered nonsense: " + complaint + "."), Optional.of(complaint));
  }

  private static Optional<String> complaint(
      Request request, Bytes bytes, Map<String, String> metadata) {
    if (bytes.length() > MergePolicy.SIZE_BYTES_MAX) {
      return Optional.of(
          "a merge of %d bytes, of %d at most"
              .formatted(bytes.length(), MergePolicy.SIZE_BYTES_MAX));
    }
    long sizeBytes = 0;
    for (var entry : metadata.entrySet()) {
      if (!isKnown(request, entry) && !isFit(entry)) {
        return Optional.of("metadata that does not fit: '" + Told.clip(entry.getKey()) + "'");
      }
      sizeBytes += sizeBytes(entry.getKey()) + sizeBytes(entry.getValue());
    }
    return metadata.size() > MergePolicy.METADATA_MAX || sizeBytes > MergePolicy.METADATA_BYTES_MAX
        ? Optional.of("%d values of metadata, %d bytes".formatted(metadata.size(), sizeBytes))
        : Optional.empty();
  }

  /** Names that clients cannot choose stay as they are, such as the coding of the content. */
  private static boolean isKnown(Request request, Map.Entry<String, String> entry) {
    return entry.getValue().equals(request.head().metadata().get(entry.getKey()))
        || entry.getValue().equals(request.branch().metadata().get(entry.getKey()));
  }

  private static boolean isFit(Map.Entry<String, String> entry) {
    return NAME.matcher(entry.getKey()).matches()
        && StandardCharsets.UTF_8.newEncoder().canEncode(entry.getValue())
        && entry.getValue().chars().noneMatch(Character::isISOControl);
  }

  private static long sizeBytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
