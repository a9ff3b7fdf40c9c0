// Data sets in miniature: the exact columns, file names and quirks of the real ones, made-up rows.
// Pictures are empty files: preparing a recipe looks for them and does not open them.
#pragma once

#include <string>

#include "support/files.h"

namespace puente::test {

inline void put(const TemporaryFolder& folder, const std::string& name,
                const std::string& content = "") {
  std::filesystem::create_directories((folder / name).parent_path());
  folder.file(name, content);
}

/// Ages "5O" and "45,5", "Não", codes 1/2, a missing age, a code that nobody explains.
inline void write_brset(const TemporaryFolder& folder) {
  put(folder, "labels_brset.csv",
      "image_id,patient_id,camera,patient_age,comorbidities,diabetes_time_y,insuline,patient_sex,"
      "exam_eye,diabetes,nationality,optic_disc,vessels,macula,DR_SDRG,DR_ICDR,focus,Illuminaton,"
      "image_field,artifacts,diabetic_retinopathy,macular_edema,scar,nevus,amd,vascular_occlusion,"
      "hypertensive_retinopathy,drusens,hemorrhage,retinal_detachment,myopic_fundus,"
      "increased_cup_disc,other,quality\n"
      "img00001,1,Canon CR,5O,diabetes1,\"12,5\",yes,1,1,yes,Brazil,1,1,2,3,3,1,1,1,1,1,1,0,0,0,0,"
      "0,0,1,0,0,0,0,Adequate\n"
      "img00002,1,Canon CR,5O,diabetes1,\"12,5\",yes,1,2,yes,Brazil,1,1,1,0,0,1,1,1,1,0,0,0,0,0,0,"
      "0,0,0,0,0,0,0,Adequate\n"
      "img00003,2,NIKON NF5050,\"45,5\",\"diabetes, "
      "hypertension\",N\xc3\xa3o,no,2,1,no,Brazil,bv,2,1,"
      "0,0,2,1,1,1,0,0,0,0,0,0,0,1,0,0,0,1,0,Inadequate\n"
      "img00004,3,NIKON NF5050,NA,NA,NA,NA,2,2,NA,Brazil,1,1,1,4,4,1,1,1,1,1,0,0,0,0,0,0,0,1,0,0,0,"
      "0,Adequate\n");
  for (const char* id : {"img00001", "img00002", "img00003", "img00004"}) {
    put(folder, std::string("fundus_photos/") + id + ".jpg");
  }
}

/// Codes as pandas writes them beside gaps (1.0), a photo without a grade, one that is not there.
inline void write_mbrset(const TemporaryFolder& folder) {
  const std::string header =
      "patient,age,sex,dm_time,insulin,insulin_time,oraltreatment_dm,oraltreatment_time,"
      "systemic_hypertension,insurance,educational_level,alcohol_consumption,smoking,obesity,"
      "vascular_disease,acute_myocardial_infarction,nephropathy,neuropathy,diabetic_foot,file,"
      "laterality,final_artifacts,final_quality,final_icdr,final_edema\n";
  put(folder, "labels_mbrset.csv",
      header +
          "1,61,1,10.0,1.0,3.0,1.0,10.0,1.0,0.0,2.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0,1.1.jpg,right,"
          "no,yes,2.0,no\n"
          "1,61,1,10.0,1.0,3.0,1.0,10.0,1.0,0.0,2.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0,1.3.jpg,left,"
          "no,yes,0.0,no\n"
          "2,,0,,,,,,,,,,,,,,,,,2.1.jpg,right,yes,no,,\n"
          "985,70,0,5.0,0.0,,0.0,,0.0,1.0,7.0,1.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,985.1.jpg,right,no,"
          "yes,"
          "0.0,no\n");
  for (const char* name : {"1.1.jpg", "1.3.jpg", "2.1.jpg"}) {
    put(folder, std::string("images/") + name);
  }
}

/// The pictures lie in two folders.
inline void write_ham10000(const TemporaryFolder& folder) {
  put(folder, "HAM10000_metadata.csv",
      "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
      "HAM_1,ISIC_1,nv,follow_up,45.0,male,back\n"
      "HAM_1,ISIC_2,nv,follow_up,45.0,male,back\n"
      "HAM_2,ISIC_3,mel,histo,,unknown,unknown\n");
  put(folder, "HAM10000_images_part_1/ISIC_1.jpg");
  put(folder, "HAM10000_images_part_2/ISIC_2.jpg");
  put(folder, "HAM10000_images_part_2/ISIC_3.jpg");
}

/// A column for each epidemiological week, codes with and without a leading zero, weeks without a
/// picture and a picture without cases.
inline void write_satellitebench(const TemporaryFolder& folder) {
  put(folder, "metadata.csv",
      "Municipality "
      "code,Municipality,Population2015,Age0-4(%),Age5-14(%),AfrocolombianPopulation(%),"
      "IndianPopulation(%),2015/w52,2016/w01,2016/w02,2016/w03,2016/w04,2016/w05\n"
      "5001,Medell\xc3\xadn,2464322,6.1,13.2,2.5,0.1,900,10,20,30,40,500\n"
      "76001,Cali,2369821,7.2,15.4,13.4,0.5,900,4,4,4,8,\n");
  for (const char* date : {"2016-01-03", "2016-01-10", "2016-01-17", "2016-01-24", "2016-01-31"}) {
    for (const char* city : {"05001", "76001"}) {
      put(folder, std::string("10_municipalities/images/") + city + "/image_" + date + ".tiff");
    }
  }
  put(folder, "10_municipalities/images/76001/index.html");
}

/// Four text files that belong together line by line.
inline void write_coco_qa(const TemporaryFolder& folder) {
  put(folder, "train/questions.txt", "what is on the table\nhow many dogs are there\n");
  put(folder, "train/answers.txt", "cup\ntwo\n");
  put(folder, "train/img_ids.txt", "9\n9\n");
  put(folder, "train/types.txt", "0\n1\n");
  put(folder, "test/questions.txt", "what color is the bus\n");
  put(folder, "test/answers.txt", "red\n");
  put(folder, "test/img_ids.txt", "262148\n");
  put(folder, "test/types.txt", "2\n");
  put(folder, "train2014/COCO_train2014_000000000009.jpg");
  put(folder, "val2014/COCO_val2014_000000262148.jpg");
}

/// Tab-separated parts, posts without a picture, a comma and a quoted line break in titles.
inline void write_fakeddit(const TemporaryFolder& folder) {
  const std::string header =
      "author\tclean_title\tcreated_utc\tdomain\thasImage\tid\timage_url\tlinked_submission_id\t"
      "num_comments\tscore\tsubreddit\ttitle\tupvote_ratio\t2_way_label\t3_way_label\t6_way_"
      "label\n";
  put(folder, "multimodal_train.tsv",
      header +
          "ann\tmy walgreens offbrand, "
          "mucinex\t1551641592.0\ti.redd.it\tTrue\tawxhir\thttp://x\t\t2.0\t"
          "12\tmildlyinteresting\tMy Walgreens\t0.84\t1\t0\t0\n"
          "[deleted]\t\"two\nlines\"\t1551641592.0\ti.redd.it\tTrue\tbbb\thttp://"
          "x\t\t2.0\t12\tpsbattle_"
          "artwork\tTwo\t0.84\t0\t2\t4\n"
          "bob\tno picture\t1551641592.0\tself\tFalse\tccc\t\t\t2.0\t12\tx\tNo\t0.84\t0\t2\t4\n");
  put(folder, "multimodal_validate.tsv",
      header +
          "eve\tanother\t1551641592.0\ti.imgur.com\tTrue\tddd\thttp://x\t\t\t3\tx\tAnother\t1.0\t0"
          "\t2\t2\n");
  put(folder, "public_image_set/awxhir.jpg");
  put(folder, "public_image_set/bbb.jpg");
}

/// Pictures and numbers of recipes by part, ingredients on the line of that number.
inline void write_recipes5k(const TemporaryFolder& folder) {
  put(folder, "annotations/train_images.txt", "onion_rings/1_crispy.jpg\napple_pie/0_easy.jpg\n");
  put(folder, "annotations/train_labels.txt", "2\n0\n");
  put(folder, "annotations/val_images.txt", "onion_rings/0_einkorn.jpg\n");
  put(folder, "annotations/val_labels.txt", "1\n");
  put(folder, "annotations/test_images.txt", "apple_pie/7_old.jpg\n");
  put(folder, "annotations/test_labels.txt", "3\n");
  put(folder, "annotations/ingredients_Recipes5k.txt",
      "apples,flour\nyellow onion,flour\nwhite onion,panko\napples,butter\n");
  for (const char* name : {"onion_rings/1_crispy.jpg", "apple_pie/0_easy.jpg",
                           "onion_rings/0_einkorn.jpg", "apple_pie/7_old.jpg"}) {
    put(folder, std::string("images/") + name);
  }
}

/// Spreadsheet's empty columns, a blank after a name, and photos numbered from 1 in both parts.
inline void write_idrid(const TemporaryFolder& folder) {
  put(folder, "2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv",
      "Image name,Retinopathy grade,Risk of macular edema "
      ",,,\nIDRiD_001,3,2,,,\nIDRiD_002,0,0,,,\n");
  put(folder, "2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv",
      "Image name,Retinopathy grade,Risk of macular edema \nIDRiD_001,4,0\n");
  put(folder, "1. Original Images/a. Training Set/IDRiD_001.jpg");
  put(folder, "1. Original Images/a. Training Set/IDRiD_002.jpg");
  put(folder, "1. Original Images/b. Testing Set/IDRiD_001.jpg");
}

/// The archive's three folders of pictures.
inline void write_pad_ufes_20(const TemporaryFolder& folder) {
  put(folder, "metadata.csv",
      "patient_id,lesion_id,smoke,drink,background_father,background_mother,age,pesticide,gender,"
      "skin_cancer_history,cancer_history,has_piped_water,has_sewage_system,fitspatrick,region,"
      "diameter_1,diameter_2,diagnostic,itch,grew,hurt,changed,bleed,elevation,img_id,biopsed\n"
      "PAT_1516,1765,,,,,8,,,,,,,,ARM,,,NEV,False,False,False,False,False,False,PAT_1516_1765_530."
      "png,"
      "False\n"
      "PAT_46,881,False,False,POMERANIA,POMERANIA,55,False,FEMALE,True,True,True,True,3.0,NECK,6.0,"
      "5.0,BCC,True,UNK,False,True,True,True,PAT_46_881_939.png,True\n");
  put(folder, "imgs_part_1/PAT_1516_1765_530.png");
  put(folder, "imgs_part_3/PAT_46_881_939.png");
}

/// Findings as upstream writes them, a CT, and a picture that has to be asked for.
inline void write_covid_chestxray(const TemporaryFolder& folder) {
  put(folder, "metadata.csv",
      "patientid,offset,sex,age,finding,RT_PCR_positive,survival,intubated,intubation_present,"
      "went_icu,in_icu,needed_supplemental_O2,extubated,temperature,pO2_saturation,leukocyte_count,"
      "neutrophil_count,lymphocyte_count,view,modality,date,location,folder,filename,doi,url,"
      "license,"
      "clinical_notes,other_notes,\n"
      "2,0,M,65,Pneumonia/Viral/COVID-19,Y,Y,N,N,N,N,Y,,,,,,,PA,X-ray,\"January 22, "
      "2020\",Hanoi,images,"
      "a.png,,,,notes,,\n"
      "3,0,,,Pneumonia/Bacterial,,,,,,,,,,,,,,AP,X-ray,,Rome,images,b.png,,,,,,\n"
      "4,0,F,52.0,No Finding,,,,,,,,,,,,,,PA,X-ray,,Rome,images,c.png,,,,,,\n"
      "5,0,F,52,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,Axial,CT,,Rome,images,d.png,,,,,,\n");
  put(folder, "images/a.png");
  put(folder, "images/b.png");
  put(folder, "images/d.png");
}

}  // namespace puente::test
