// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/** The two JSON rules of the wire. Mappers are thread-safe. */
public final class WireJson {
  /** Bodies are flat records; deeper nesting is an attack or a mistake. */
  public static final int MAX_DEPTH = 16;

  /** Longest string, in characters; bodies themselves are limited before they come here. */
  public static final int MAX_STRING_CHARS = 64 * 1024;

  private static final JsonMapper REQUESTS = mapper(true);
  private static final JsonMapper ANSWERS = mapper(false);

  private WireJson() {}

  /** For what clients send: an unknown field, a wrong type or trailing content is an error. */
  public static JsonMapper requests() {
    return REQUESTS;
  }

  /** For what nodes answer: a newer node may say more than this client knows. */
  public static JsonMapper answers() {
    return ANSWERS;
  }

  private static JsonMapper mapper(boolean strict) {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_STRING_CHARS)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    return JsonMapper.builder(factory)
        .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .withCoercionConfig(
            LogicalType.Textual,
            texts ->
                texts
                    .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .build();
  }
}
