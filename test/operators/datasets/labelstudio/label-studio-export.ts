/** A result of an annotation as Label Studio exports it: in percent of a picture of 100×80. */
export function result(
  type: string,
  value: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    original_width: 100,
    original_height: 80,
    image_rotation: 0,
    value,
    id: `r${JSON.stringify(value).length}`,
    from_name: 'label',
    to_name: 'image',
    type,
    origin: 'manual',
    ...more,
  };
}

/** The result of a rectangle: left, top, width and height in pixels of a picture of 100×80. */
export function rectangle(
  label: string,
  [x, y, width, height]: readonly [number, number, number, number],
  rotation = 0,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const value = {
    x,
    y: y / 0.8,
    width,
    height: height / 0.8,
    rotation,
    rectanglelabels: [label],
  };
  return result('rectanglelabels', value, more);
}

/** An annotation with these results. */
export function annotation(
  id: number,
  results: readonly unknown[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    completed_by: 1,
    result: results,
    was_cancelled: false,
    ground_truth: false,
    created_at: '2024-05-01T10:00:00.000000Z',
    updated_at: '2024-05-01T10:00:00.000000Z',
    lead_time: 4.5,
    prediction: {},
    result_count: 0,
    ...more,
  };
}

/** A task as in the export "JSON". */
export function task(
  id: number,
  image: string,
  annotations: readonly unknown[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    annotations,
    file_upload: image.slice(image.lastIndexOf('/') + 1),
    drafts: [],
    predictions: [],
    data: { image },
    meta: {},
    created_at: '2024-05-01T10:00:00.000000Z',
    updated_at: '2024-05-01T10:00:00.000000Z',
    total_annotations: annotations.length,
    ...more,
  };
}

/** A row as in the export "JSON-MIN". */
export function minimalTask(
  id: number,
  image: string,
  label: readonly unknown[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    image,
    id,
    label: label.map((each) => {
      const { value, original_width, original_height } = each as Record<string, object>;
      return { ...value, original_width, original_height };
    }),
    annotator: 1,
    annotation_id: id,
    created_at: '2024-05-01T10:00:00.000000Z',
    updated_at: '2024-05-01T10:00:00.000000Z',
    lead_time: 4.5,
    ...more,
  };
}
