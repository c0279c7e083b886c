// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.Problems.Place;
import java.util.List;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Where a character of a text stands in its file. Exact for plain text, quoted text without
 * escapes, and blocks; elsewhere the start of the text.
 */
final class ScalarPlace {
  private final List<String> source;

  ScalarPlace(String text) {
    this.source = text.lines().toList();
  }

  /**
   * @param line within the text, from 0
   * @param column from 0
   */
  Place of(ScalarNode scalar, int line, int column) {
    Place start = Place.of(scalar);
    ScalarStyle style = scalar.getScalarStyle();
    if (style == ScalarStyle.LITERAL || style == ScalarStyle.FOLDED) {
      return inBlock(start, line, column);
    }
    boolean oneLine = line == 0 && scalar.getValue().indexOf('\n') < 0;
    boolean ends =
        scalar.getEndMark().map(mark -> mark.getLine() + 1 == start.line()).orElse(false);
    if (!oneLine || !ends) {
      return start;
    }
    int quote = style == ScalarStyle.PLAIN ? 0 : 1;
    int written = scalar.getEndMark().orElseThrow().getColumn() + 1 - start.column() - 2 * quote;
    boolean escaped = written != scalar.getValue().length();
    return escaped ? start : new Place(start.line(), start.column() + quote + column);
  }

  /** The first line of a block is the one after its mark. */
  private Place inBlock(Place start, int line, int column) {
    int number = start.line() + 1 + line;
    if (number > source.size()) {
      return start;
    }
    String text = source.get(number - 1);
    int indent = text.length() - text.stripLeading().length();
    return new Place(number, indent + column + 1);
  }
}
