// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import dev.cel.runtime.CelFunctionBinding;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Our own functions and constants: pure, and bounded by the size of what they get. */
final class HostFunctions {
  static final Map<String, Long> CONSTANTS =
      Map.of("KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "TiB", 1L << 40);

  private static final long DAYS_MAX = 1_000_000;

  private static final CelType KEY = TypeParamType.create("K");
  private static final CelType VALUE = TypeParamType.create("V");
  private static final CelType MAP = MapType.create(KEY, VALUE);

  private HostFunctions() {}

  static List<CelFunctionDecl> declarations() {
    return List.of(
        CelFunctionDecl.newFunctionDeclaration(
            "with", CelOverloadDecl.newMemberOverload("map_with", MAP, MAP, KEY, VALUE)),
        CelFunctionDecl.newFunctionDeclaration(
            "without", CelOverloadDecl.newMemberOverload("map_without", MAP, MAP, KEY)),
        CelFunctionDecl.newFunctionDeclaration("sha256", textFunction("sha256_string")),
        CelFunctionDecl.newFunctionDeclaration("crc32c", textFunction("crc32c_string")),
        CelFunctionDecl.newFunctionDeclaration(
            "days",
            CelOverloadDecl.newGlobalOverload("days_int", SimpleType.DURATION, SimpleType.INT)));
  }

  private static CelOverloadDecl textFunction(String overload) {
    return CelOverloadDecl.newGlobalOverload(overload, SimpleType.STRING, SimpleType.STRING);
  }

  static List<CelFunctionBinding> bindings() {
    return List.of(
            CelFunctionBinding.fromOverloads(
                "with",
                CelFunctionBinding.from(
                    "map_with",
                    List.of(Map.class, Object.class, Object.class),
                    (Object[] args) -> with((Map<?, ?>) args[0], args[1], args[2]))),
            CelFunctionBinding.fromOverloads(
                "without",
                CelFunctionBinding.from(
                    "map_without", Map.class, Object.class, HostFunctions::without)),
            CelFunctionBinding.fromOverloads(
                "sha256",
                CelFunctionBinding.from("sha256_string", String.class, HostFunctions::sha256)),
            CelFunctionBinding.fromOverloads(
                "crc32c",
                CelFunctionBinding.from("crc32c_string", String.class, HostFunctions::crc32c)),
            CelFunctionBinding.fromOverloads(
                "days", CelFunctionBinding.from("days_int", Long.class, HostFunctions::days)))
        .stream()
        .flatMap(bindings -> bindings.stream())
        .toList();
  }

  private static Map<Object, Object> with(Map<?, ?> map, Object key, Object value) {
    Map<Object, Object> changed = new LinkedHashMap<>(map);
    changed.put(key, value);
    return changed;
  }

  private static Map<Object, Object> without(Map<?, ?> map, Object key) {
    Map<Object, Object> changed = new LinkedHashMap<>(map);
    changed.remove(key);
    return changed;
  }

  static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static String crc32c(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  private static Duration days(long count) {
    if (Math.abs(count) > DAYS_MAX) {
      throw new IllegalArgumentException("days(%d) is beyond %d".formatted(count, DAYS_MAX));
    }
    return Duration.ofDays(count);
  }
}
