/** Help on the specification of a labelled set, shared by the commands that read one. */
export const setHelp = `
A SET is a labelled image set, given as one of
  voc:ANNOTATIONS:IMAGES[:LIST]   Pascal VOC XML files, their images, optionally a file of ids
  coco:FILE.json:IMAGES           COCO instances
  cvat:FILE.xml:IMAGES            CVAT for images 1.1 or for video 1.1, then with its frames
  labelstudio:FILE.json:IMAGES    JSON or JSON-MIN of Label Studio
  yolo:DIR                        YOLO txt files beside images, or in labels/ for those in images/;
                                  names in data.yaml or classes.txt, there or up to 3 folders up;
                                  yolo:D/images/train also reads D/labels/train, while
                                  yolo:D reads train and val alike, with a warning
  photos:DIR                      a folder of photos per class, DIR/cone/1.jpg, without boxes: the
                                  object of each is found, or the whole picture taken, and
                                  DIR/boxes.json (COCO) corrects it; DIR/background/ shows none
Repairable faults of a set are repaired, counted, logged and reported; all others are errors.`;
