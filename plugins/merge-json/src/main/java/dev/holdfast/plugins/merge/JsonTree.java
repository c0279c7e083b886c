// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON value. Two are equal when they mean the same: the order of members says nothing. */
sealed interface JsonTree {
  /**
   * @param members in the order of the document
   */
  record Members(Map<String, JsonTree> members) implements JsonTree {
    public Members {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }
  }

  record Elements(List<JsonTree> elements) implements JsonTree {
    public Elements {
      elements = List.copyOf(elements);
    }
  }

  record Text(String text) implements JsonTree {}

  /**
   * @param digits as written: 1 and 1.0 are different, since some readers tell them apart
   */
  record Digits(String digits) implements JsonTree {}

  enum Word implements JsonTree {
    TRUE,
    FALSE,
    NULL
  }
}
