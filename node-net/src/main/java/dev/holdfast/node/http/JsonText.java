// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/** JSON in and out. Reading is strict: what a client did not mean is told to it, never guessed. */
final class JsonText {
  private static final int DEPTH_MAX = 64;
  private static final char BYTE_ORDER_MARK = '\ufeff';

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(40)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              config ->
                  config
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private JsonText() {}

  static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /** An empty body is an empty object. */
  static <T> T read(byte[] body, Class<T> type) {
    String text = body.length == 0 ? "{}" : utf8(body);
    try {
      T value = MAPPER.readValue(text, type);
      if (value == null) {
        throw wrongType("the body", "a JSON object is needed, it is null", null);
      }
      return value;
    } catch (UnrecognizedPropertyException e) {
      throw unknownField(e);
    } catch (ValueInstantiationException e) {
      throw refusedByType(e);
    } catch (MismatchedInputException e) {
      if (String.valueOf(e.getMessage()).startsWith("Trailing token")) {
        throw malformed(e, "there is content after the end of the document");
      }
      throw wrongType(place(e), shortened(e), e);
    } catch (StreamReadException e) {
      throw malformed(e, shortened(e));
    } catch (JacksonException e) {
      throw wrongType(e instanceof DatabindException d ? place(d) : "the body", shortened(e), e);
    }
  }

  /** Jackson would guess UTF-16 and UTF-32, and pass over a byte order mark (RFC 8259 §8.1). */
  private static String utf8(byte[] body) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      if (text.charAt(0) != BYTE_ORDER_MARK) {
        return text;
      }
    } catch (CharacterCodingException e) {
      throw notUtf8("its bytes are not UTF-8", e);
    }
    throw notUtf8("it begins with a byte order mark", null);
  }

  private static ProblemException notUtf8(String why, @Nullable Throwable cause) {
    return new ProblemException(
        400,
        "MALFORMED_JSON",
        "The body is not well-formed JSON: " + why,
        "Send one JSON document in UTF-8",
        cause);
  }

  private static ProblemException unknownField(UnrecognizedPropertyException e) {
    List<String> known =
        e.getKnownPropertyIds() == null
            ? List.of()
            : e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
    return new ProblemException(
            400,
            "UNKNOWN_FIELD",
            "'" + place(e) + "' is not a field of this request",
            known.isEmpty()
                ? "Send no fields"
                : "Remove it, or use one of: " + String.join(", ", known),
            e)
        .with("field", place(e));
  }

  /** A record's own check of its values speaks for itself. */
  private static ProblemException refusedByType(ValueInstantiationException e) {
    if (e.getCause() instanceof ProblemException problem) {
      return problem;
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new ProblemException(
        400,
        "INVALID_VALUE",
        String.valueOf(cause.getMessage()),
        "Send a value within the documented range",
        e);
  }

  private static ProblemException wrongType(String field, String why, @Nullable Throwable cause) {
    return new ProblemException(
            400,
            "WRONG_TYPE",
            field + " has the wrong type: " + why,
            "Send the type that the reference names for this field",
            cause)
        .with("field", field);
  }

  private static ProblemException malformed(JacksonException e, String why) {
    String at =
        e.getLocation() == null
            ? ""
            : " at line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr();
    return new ProblemException(
        400,
        "MALFORMED_JSON",
        "The body is not well-formed JSON" + at + ": " + why,
        "Send one JSON document in UTF-8",
        e);
  }

  private static String place(DatabindException e) {
    String path =
        e.getPath().stream()
            .map(step ->
                step.getPropertyName() == null
                    ? "[" + step.getIndex() + "]"
                    : "." + step.getPropertyName())
            .collect(Collectors.joining());
    return path.isEmpty() ? "the body" : path.startsWith(".") ? path.substring(1) : path;
  }

  /** Jackson's first sentence, without the names of Java classes and features in parentheses. */
  private static String shortened(JacksonException e) {
    String text = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
    return text.replaceAll("`[a-zA-Z0-9_.]*\\.([A-Za-z0-9_$]+)`", "$1")
        .replaceAll("\\s*\\([^()]*\\)", "");
  }
}
