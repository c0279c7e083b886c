// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.NearestWord;
import java.util.Collection;

/** The end of a message about a word that is not known. */
final class Suggestion {
  private Suggestion() {}

  /** {@code ; did you mean 'version'?}, or what is known when nothing is near. */
  static String of(String word, Collection<String> known) {
    return NearestWord.to(word, known)
        .map(candidate -> "; did you mean '" + candidate + "'?")
        .orElseGet(
            () -> known.isEmpty() ? "; none is known" : "; known are " + String.join(", ", known));
  }
}
