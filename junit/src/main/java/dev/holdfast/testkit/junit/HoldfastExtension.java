// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.testkit.cluster.LocalCluster;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link HoldfastCluster} does. */
public final class HoldfastExtension
    implements BeforeAllCallback, AfterAllCallback, ParameterResolver, TestWatcher {
  private static final Namespace NAMESPACE = Namespace.create(HoldfastExtension.class);
  private static final Path LOGS = Path.of("target", "holdfast-logs");

  private static LocalCluster startNodes(HoldfastCluster wanted) {
    LocalCluster.Builder builder = LocalCluster.builder().nodes(wanted.nodes()).heap(wanted.heap());
    List.of(wanted.jvmFlags()).forEach(builder::jvmFlag);
    for (String option : wanted.options()) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw new ExtensionConfigurationException("An option is key=value: " + option);
      }
      builder.option(option.substring(0, equals), option.substring(equals + 1));
    }
    return builder.start();
  }

  /** A nested class uses the cluster of the class around it. */
  @Override
  public void beforeAll(ExtensionContext context) {
    if (find(context) == null) {
      Class<?> test = context.getRequiredTestClass();
      HoldfastCluster wanted =
          AnnotationSupport.findAnnotation(test, HoldfastCluster.class)
              .orElseThrow(() ->
                  new ExtensionConfigurationException("Put @HoldfastCluster on " + test.getName()));
      context.getStore(NAMESPACE).put(LocalCluster.class, startNodes(wanted));
    }
  }

  /** Ends the cluster with the class that it was started for. */
  @Override
  public void afterAll(ExtensionContext context) {
    // The store of a nested class is another one, and holds none.
    LocalCluster own = context.getStore(NAMESPACE).remove(LocalCluster.class, LocalCluster.class);
    if (own != null) {
      own.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Type type = parameter.getParameter().getParameterizedType();
    return type == LocalCluster.class || isListOfUris(type);
  }

  private static boolean isListOfUris(Type type) {
    return type instanceof ParameterizedType list
        && list.getRawType() == List.class
        && Arrays.equals(list.getActualTypeArguments(), new Type[] {URI.class});
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    LocalCluster cluster = find(context);
    if (cluster == null) {
      throw new ExtensionConfigurationException("The cluster is not running");
    }
    return parameter.getParameter().getType() == LocalCluster.class ? cluster : cluster.apiUris();
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    LocalCluster cluster = find(context);
    if (cluster != null) {
      Path logs = LOGS.resolve(context.getRequiredTestClass().getName());
      cluster.saveLogs(logs);
      System.err.println(
          context.getDisplayName() + " failed. Logs are in " + logs + "\n" + cluster.logTails());
    }
  }

  private static @Nullable LocalCluster find(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(LocalCluster.class, LocalCluster.class);
  }
}
