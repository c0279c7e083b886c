// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.api;

import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that another module can name, a line each: public types, and their public and protected
 * members. A line begins with the type that it belongs to.
 */
final class ApiSurface {
  private static final String SUFFIX = ".class";

  private ApiSurface() {}

  /** Of the module that this type is in. */
  static SortedSet<String> of(Class<?> anyType) throws IOException {
    SortedSet<String> lines = new TreeSet<>();
    for (String name : classNames(anyType)) {
      try {
        add(lines, Class.forName(name, false, anyType.getClassLoader()));
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }
    return lines;
  }

  private static List<String> classNames(Class<?> anyType) throws IOException {
    Path place;
    try {
      place = Path.of(anyType.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    if (Files.isDirectory(place)) {
      return classNamesBelow(place);
    }
    URI jar = URI.create("jar:" + place.toUri());
    try (FileSystem files = FileSystems.newFileSystem(jar, Map.of())) {
      return classNamesBelow(files.getPath("/"));
    }
  }

  private static List<String> classNamesBelow(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.map(path -> root.relativize(path).toString())
          .filter(path -> path.endsWith(SUFFIX) && !path.endsWith("-info.class"))
          .map(path -> path.substring(0, path.length() - SUFFIX.length()).replace('/', '.'))
          .toList();
    }
  }

  private static void add(SortedSet<String> lines, Class<?> type) {
    if (!isVisible(type)) {
      return;
    }
    String name = type.getName();
    lines.add(name + ": " + type.toGenericString() + relations(type));
    for (Field field : type.getDeclaredFields()) {
      addMember(lines, name, field, field.toGenericString());
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      addMember(lines, name, constructor, constructor.toGenericString());
    }
    for (Class<?> at = type;
        at != null && (at == type || !isVisible(at));
        at = at.getSuperclass()) {
      for (Method method : at.getDeclaredMethods()) {
        addMember(lines, name, method, method.toGenericString());
      }
    }
    if (type.isRecord()) {
      lines.add(
          name
              + ": record "
              + Arrays.stream(type.getRecordComponents())
                  .map(RecordComponent::getName)
                  .collect(Collectors.joining(", ", "(", ")")));
    }
  }

  private static void addMember(SortedSet<String> lines, String type, Member member, String text) {
    boolean visible =
        Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
    boolean bridge = member instanceof Method method && method.isBridge();
    if (visible && !member.isSynthetic() && !bridge && !isOfRecords(member)) {
      lines.add(
          type + ": " + text.replaceAll("\\b(synchronized|native|strictfp) ", "") + note(member));
    }
  }

  /** Every record has them. */
  private static boolean isOfRecords(Member member) {
    return member.getDeclaringClass().isRecord()
        && member instanceof Method method
        && Set.of("equals", "hashCode", "toString").contains(method.getName());
  }

  private static String note(Member member) {
    return member instanceof AnnotatedElement element
            && element.isAnnotationPresent(Deprecated.class)
            && member instanceof Executable
        ? " deprecated"
        : "";
  }

  private static String relations(Class<?> type) {
    StringBuilder relations = new StringBuilder();
    Type above = type.getGenericSuperclass();
    if (above != null && above != Object.class && !type.isEnum() && !type.isRecord()) {
      relations.append(" extends ").append(above.getTypeName());
    }
    append(
        relations, type.isInterface() ? " extends " : " implements ", type.getGenericInterfaces());
    if (type.isSealed()) {
      append(relations, " permits ", type.getPermittedSubclasses());
    }
    return relations.toString();
  }

  private static void append(StringBuilder to, String word, Type[] types) {
    if (types.length > 0) {
      to.append(word)
          .append(
              Arrays.stream(types)
                  .map(Type::getTypeName)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
  }

  private static boolean isVisible(Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getEnclosingClass()) {
      boolean visible =
          Modifier.isPublic(at.getModifiers())
              || (at.isMemberClass() && Modifier.isProtected(at.getModifiers()));
      if (!visible || at.isAnonymousClass() || at.isLocalClass() || at.isSynthetic()) {
        return false;
      }
    }
    return true;
  }
}
